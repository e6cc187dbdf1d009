# FERV39k: the paper's model on its one split.
_base_ = './_base_/ous.py'

data_root = 'data/ferv39k'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))
train_dataloader = dict(dataset=dict(
    data_root=data_root, ann_file='annotations/train.json', boxes_file='faces.jsonl',
    classes=class_names))
test_dataset = dict(
    data_root=data_root, ann_file='annotations/test.json', boxes_file='faces.jsonl',
    classes=class_names)
val_dataloader = dict(dataset=test_dataset)
test_dataloader = dict(dataset=test_dataset)
