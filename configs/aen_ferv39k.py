# FERV39k: AEN on its one split, from the official face crops.
_base_ = './_base_/aen.py'

# What picks the checkpoint: 'test', as in the literature, or 'holdout', a tenth of the training
# split.
selection = 'test'
data_root = 'data/ferv39k'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))

frames = [
    dict(type='ReadPair', size={{_base_.frame_size}}),
    dict(type='TakeStream', stream='face'),
]
train_pipeline = [
    {{_base_.sample}},
    *frames,
    {{_base_.crop}},
    {{_base_.flip}},
    {{_base_.affine}},
    {{_base_.jitter}},
    {{_base_.shape}},
    {{_base_.pack}},
]
test_pipeline = [{{_base_.test_sample}}, *frames, {{_base_.shape}}, {{_base_.pack}}]

data = dict(data_root=data_root, classes=class_names)
train_file, test_file = 'annotations/train.json', 'annotations/test.json'
train_dataloader = dict(dataset=dict(
    **data, pipeline=train_pipeline, ann_file=train_file,
    part=dict(test='all', holdout='train')[selection]))
val_dataloader = dict(dataset=dict(**data, pipeline=test_pipeline, **dict(
    test=dict(ann_file=test_file), holdout=dict(ann_file=train_file, part='holdout'))[selection]))
test_dataloader = dict(dataset=dict(**data, pipeline=test_pipeline, ann_file=test_file))
