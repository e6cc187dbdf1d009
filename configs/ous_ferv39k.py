# FERV39k: the paper's model on its only split, with the official pairs of face crops and frames.
_base_ = './_base_/ous_pairs.py'

selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/ferv39k'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))
data = dict(data_root=data_root, classes=class_names, selection=selection)
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
