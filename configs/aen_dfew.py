# DFEW: AEN on one of five folds.
_base_ = './_base_/aen.py'

fold = 1
# What picks the checkpoint: 'test', as in the literature, or 'holdout', a tenth of the training
# fold.
selection = 'test'
data_root = 'data/dfew'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))
data = dict(data_root=data_root, boxes_file='faces.jsonl', classes=class_names)
train_file, test_file = (f'annotations/fold{fold}_{split}.json' for split in ('train', 'test'))
train_dataloader = dict(dataset=dict(
    **data, ann_file=train_file, part=dict(test='all', holdout='train')[selection]))
val_dataloader = dict(dataset=dict(**data, **dict(
    test=dict(ann_file=test_file), holdout=dict(ann_file=train_file, part='holdout'))[selection]))
test_dataloader = dict(dataset=dict(**data, ann_file=test_file))
