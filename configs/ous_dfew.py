# DFEW: the paper's model on one of five folds.
_base_ = './_base_/ous.py'

fold = 1
data_root = 'data/dfew'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))
train_dataloader = dict(dataset=dict(
    data_root=data_root, ann_file=f'annotations/fold{fold}_train.json', boxes_file='faces.jsonl',
    classes=class_names))
test_dataset = dict(
    data_root=data_root, ann_file=f'annotations/fold{fold}_test.json', boxes_file='faces.jsonl',
    classes=class_names)
val_dataloader = dict(dataset=test_dataset)
test_dataloader = dict(dataset=test_dataset)
