# OUS on the rendered benchmark: the paper's model at the size of the demo's own tiny CLIP.
_base_ = './_base_/ous.py'

fold = 1
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

train_dataloader = dict(
    batch_size=batch_size,
    num_workers=num_workers,
    dataset=dict(
        data_root=data_root, ann_file=f'annotations/fold{fold}_train.json',
        boxes_file='faces.jsonl', classes=class_names, pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=batch_size,
    num_workers=num_workers,
    dataset=dict(
        data_root=data_root, ann_file=f'annotations/fold{fold}_test.json',
        boxes_file='faces.jsonl', classes=class_names, pipeline=test_pipeline))
val_dataloader = test_dataloader
train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=lr))
