# AEN on the rendered benchmark, at a size for two CPU cores. First train aen_2d_demo.py.
_base_ = './_base_/aen.py'

fold = 1
# What picks the checkpoint: 'test', as in the literature, or 'holdout', a tenth of the training
# fold.
selection = 'test'
data_root = 'data/rendered'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

num_frames, frame_size = 4, 64
level_channels = 256  # (frame_size / 4)^2
# Of the same fold: its stills are that fold's training clips, the trunk starts from its weights.
fer2d_checkpoint = 'work_dirs/aen_2d_demo/epoch_20.pth'
lr, max_epochs = 0.01, 6
batch_size = 16
num_workers = 2

model = dict(
    neck=dict(
        level_channels=level_channels,
        transformer=dict(max_frames=num_frames, num_heads=4, head_channels=16, mlp_channels=128)),
    cls_head=dict(class_names=class_names, level_channels=level_channels),
    fer2d=dict(checkpoint=fer2d_checkpoint))

frames = [
    dict(type='ReadClip'),
    dict(type='LoadFaceBoxes'),
    dict(type='FaceSceneSplit', size=frame_size, scene='blank'),
    dict(type='TakeStream', stream='face'),
]
train_pipeline = [
    dict(type='SampleClip', clip_len=num_frames, frames_per_segment=2),
    *frames,
    dict(type='TorchVisionWrapper', op='RandomResizedCrop', size=frame_size, scale=(0.7, 1.0),
         ratio=(0.9, 1.1), antialias=True),
    {{_base_.flip}},
    {{_base_.shape}},
    {{_base_.pack}},
]
test_pipeline = [
    dict(type='SampleClip', clip_len=num_frames, frames_per_segment=2, test_mode=True),
    *frames,
    {{_base_.shape}},
    {{_base_.pack}},
]

data = dict(data_root=data_root, boxes_file='faces.jsonl', classes=class_names)
train_file, test_file = (f'annotations/fold{fold}_{split}.json' for split in ('train', 'test'))
loader = dict(batch_size=batch_size, num_workers=num_workers)
train_dataloader = dict(**loader, dataset=dict(
    **data, pipeline=train_pipeline, ann_file=train_file,
    part=dict(test='all', holdout='train')[selection]))
val_dataloader = dict(**loader, dataset=dict(**data, pipeline=test_pipeline, **dict(
    test=dict(ann_file=test_file), holdout=dict(ann_file=train_file, part='holdout'))[selection]))
test_dataloader = dict(**loader, dataset=dict(
    **data, pipeline=test_pipeline, ann_file=test_file))
train_cfg = dict(max_epochs=max_epochs, val_interval=3)
optim_wrapper = dict(optimizer=dict(lr=lr))
param_scheduler = dict(step_size=4)
