# OUS on clips that come as pairs of folders, face crops and full frames: no detector is needed.
_base_ = './ous.py'

num_frames, frame_size = 16, 224

train_pipeline = [
    dict(type='SampleClip', clip_len=num_frames),
    dict(type='ReadPair', size=frame_size),
    dict(type='FaceSceneRandomCrop'),
    dict(type='FaceSceneFlip'),
    {{_base_.pack}},
]
test_pipeline = [
    dict(type='SampleClip', clip_len=num_frames, test_mode=True),
    dict(type='ReadPair', size=frame_size),
    {{_base_.pack}},
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
