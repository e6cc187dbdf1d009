# OUS on the rendered benchmark: the paper's model at the size of the demo's own tiny CLIP.
_base_ = './_base_/ous.py'

fold = 1
# What lowers the rate and picks the checkpoint: 'test', as in the literature, or 'holdout', a
# tenth of the training fold.
selection = 'test'
data_root = 'data/rendered'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

clip = dict(model='vit_demo', pretrained='rendered')
embed_dims, width = 128, 128
num_frames, frame_size = 8, 64
num_prompt_tokens, num_blocks = 16, 12
lr, max_epochs = 0.002, 12
batch_size = 16
num_workers = 2

model = dict(
    backbone=dict(clip=clip),
    neck=dict(
        in_channels=embed_dims,
        tap_channels=width,
        frames_encoder=dict(max_frames=num_frames, num_layers=2)),
    cls_head=dict(
        class_names=class_names,
        num_prompt_tokens=num_prompt_tokens,
        mcfe=dict(num_blocks=num_blocks)))

train_pipeline = [
    dict(type='SampleClip', clip_len=num_frames),
    dict(type='ReadClip'),
    dict(type='LoadFaceBoxes'),
    dict(type='FaceSceneSplit', size=frame_size, scene='full'),
    dict(type='FaceSceneFlip'),
    {{_base_.pack}},
]
test_pipeline = [
    dict(type='SampleClip', clip_len=num_frames, test_mode=True),
    dict(type='ReadClip'),
    dict(type='LoadFaceBoxes'),
    dict(type='FaceSceneSplit', size=frame_size, scene='full'),
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
train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=lr))
default_hooks = dict(stopping=dict(max_train_accuracy=None))  # the benchmark can be learnt whole
