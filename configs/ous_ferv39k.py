# FERV39k: the paper's model on its one split, from the official pairs of face crops and frames.
_base_ = './_base_/ous_pairs.py'

data_root = 'data/ferv39k'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))
train_dataloader = dict(dataset=dict(
    data_root=data_root, ann_file='annotations/train.json', classes=class_names))
test_dataset = dict(
    data_root=data_root, ann_file='annotations/test.json', classes=class_names)
val_dataloader = dict(dataset=test_dataset)
test_dataloader = dict(dataset=test_dataset)
