# AEN's 2D model on stills of the rendered benchmark: single face frames of the training fold's
# clips, another one of each clip every epoch. A tenth of that fold is held out for validation; no
# test clip is read before testing.
_base_ = './_base_/aen_2d.py'

fold = 1
data_root = 'data/rendered'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']
frame_size = 64
lr, max_epochs = 0.01, 20
batch_size = 32
num_workers = 2

model = dict(cls_head=dict(class_names=class_names))

frames = [
    dict(type='ReadClip'),
    dict(type='LoadFaceBoxes'),
    dict(type='FaceSceneSplit', size=frame_size, scene='blank'),
    dict(type='TakeStream', stream='face'),
]
train_pipeline = [
    dict(type='SampleClip', clip_len=1),
    *frames,
    dict(type='TorchVisionWrapper', op='RandomResizedCrop', size=frame_size, scale=(0.7, 1.0),
         ratio=(0.9, 1.1), antialias=True),
    {{_base_.flip}},
    {{_base_.shape}},
    {{_base_.pack}},
]
test_pipeline = [
    dict(type='SampleClip', clip_len=1, test_mode=True),
    *frames,
    {{_base_.shape}},
    {{_base_.pack}},
]

loader = dict(batch_size=batch_size, num_workers=num_workers, persistent_workers=num_workers > 0)
data = dict(_delete_=True, type='DFERDataset', data_root=data_root, boxes_file='faces.jsonl',
            classes=class_names)
train_file, test_file = (f'annotations/fold{fold}_{split}.json' for split in ('train', 'test'))
train_dataloader = dict(**loader, dataset=dict(
    **data, pipeline=train_pipeline, ann_file=train_file, part='train'))
val_dataloader = dict(**loader, dataset=dict(
    **data, pipeline=test_pipeline, ann_file=train_file, part='holdout', test_mode=True))
test_dataloader = dict(**loader, dataset=dict(
    **data, pipeline=test_pipeline, ann_file=test_file, test_mode=True))
train_cfg = dict(max_epochs=max_epochs, val_interval=5)
optim_wrapper = dict(optimizer=dict(lr=lr))
param_scheduler = dict(type='MultiStepLR', milestones=[14, 18], gamma=0.1)
