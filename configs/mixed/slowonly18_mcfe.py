# MCFEHead on mmaction's own Recognizer3D: the scene frames as one clip, SlowOnly-18 trained from
# scratch.
_base_ = './resnet18_mcfe.py'

frames = [
    dict(type='ReadClip'),
    dict(type='LoadFaceBoxes'),
    dict(type='FaceSceneSplit', size=64),
    dict(type='TakeStream', stream='scene'),
]
pack = [dict(type='FormatShape', input_format='NCTHW'), dict(type='PackActionInputs')]
train_pipeline = [dict(type='SampleClip', clip_len=8), *frames, dict(type='Flip'), *pack]
test_pipeline = [dict(type='SampleClip', clip_len=8, test_mode=True), *frames, *pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader

model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(format_shape='NCTHW'),
    backbone=dict(_delete_=True, type='ResNet3dSlowOnly', depth=18, pretrained=None))
