# FERV39k with faces of a detector in the place of the official crops: `prepare_dataset.py ferv39k
# --faces none`, then `extract_faces.py`. For frames and crops that do not pair up.
_base_ = './_base_/ous.py'

selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/ferv39k'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))
data = dict(data_root=data_root, boxes_file='faces.jsonl', classes=class_names, selection=selection)
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
