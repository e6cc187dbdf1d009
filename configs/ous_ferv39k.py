# FERV39k: the paper's model on its one split, from the official pairs of face crops and frames.
_base_ = './_base_/ous_pairs.py'

# What lowers the rate and picks the checkpoint: 'test', as in the literature, or 'holdout', a
# tenth of the training split.
selection = 'test'
data_root = 'data/ferv39k'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))
data = dict(data_root=data_root, classes=class_names)
train_file, test_file = 'annotations/train.json', 'annotations/test.json'
train_dataloader = dict(dataset=dict(
    **data, ann_file=train_file, part=dict(test='all', holdout='train')[selection]))
val_dataloader = dict(dataset=dict(**data, **dict(
    test=dict(ann_file=test_file), holdout=dict(ann_file=train_file, part='holdout'))[selection]))
test_dataloader = dict(dataset=dict(**data, ann_file=test_file))
