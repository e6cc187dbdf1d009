# DFEW: AEN on one of five folds.
_base_ = '../_base_/aen.py'

fold = 1
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/dfew'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))
data = dict(data_root=data_root, boxes_file='faces.jsonl', classes=class_names, fold=fold,
            selection=selection)
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
