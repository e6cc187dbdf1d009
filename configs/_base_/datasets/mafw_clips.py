# MAFW: face crops of one of five folds, as clips for 3D recognizers.
_base_ = './faces.py'

# The MAFW paper trained its rows otherwise: learning rate 1e-4, all frames of a clip, batches of 8
# or 16. The recipe here is that of the other datasets.
fold = 1  # tools/cross_validate.py runs all
# What picks the checkpoint: 'test', as in the literature, or 'holdout', a tenth of the training
# fold.
selection = 'test'
data_root = 'data/mafw'
class_names = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise',
               'contempt', 'anxiety', 'helplessness', 'disappointment']

data = dict(data_root=data_root, boxes_file='faces.jsonl', classes=class_names)
train_file, test_file = (f'annotations/fold{fold}_{split}.json' for split in ('train', 'test'))
train_dataloader = dict(dataset=dict(
    **data, ann_file=train_file, part=dict(test='all', holdout='train')[selection]))
val_dataloader = dict(dataset=dict(**data, **dict(
    test=dict(ann_file=test_file), holdout=dict(ann_file=train_file, part='holdout'))[selection]))
test_dataloader = dict(dataset=dict(**data, ann_file=test_file))
