# MAFW from folders of frames and of face crops in pairs: `prepare_dataset.py mafw` with --source.
_base_ = './_base_/ous_pairs.py'

fold = 1
# What lowers the rate and picks the checkpoint: 'test', as in the literature, or 'holdout', a
# tenth of the training fold.
selection = 'test'
data_root = 'data/mafw'
class_names = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise',
               'contempt', 'anxiety', 'helplessness', 'disappointment']

model = dict(cls_head=dict(class_names=class_names))
data = dict(data_root=data_root, classes=class_names)
train_file, test_file = (f'annotations/fold{fold}_{split}.json' for split in ('train', 'test'))
train_dataloader = dict(dataset=dict(
    **data, ann_file=train_file, part=dict(test='all', holdout='train')[selection]))
val_dataloader = dict(dataset=dict(**data, **dict(
    test=dict(ann_file=test_file), holdout=dict(ann_file=train_file, part='holdout'))[selection]))
test_dataloader = dict(dataset=dict(**data, ann_file=test_file))
