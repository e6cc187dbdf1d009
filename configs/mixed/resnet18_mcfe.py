# MCFEHead on mmaction's own Recognizer2D: face frames, ResNet-18 trained from scratch, one token a
# frame. Once TakeStream has made `imgs` of a stream, any of mmaction's transforms may follow.
_base_ = '../ous_demo.py'

frames = [
    dict(type='ReadClip'),
    dict(type='LoadFaceBoxes'),
    dict(type='FaceSceneSplit', size=64),
    dict(type='TakeStream', stream='face'),
]
pack = [dict(type='FormatShape', input_format='NCHW'), dict(type='PackActionInputs')]
train_pipeline = [dict(type='SampleClip', clip_len=8), *frames, dict(type='Flip'), *pack]
test_pipeline = [dict(type='SampleClip', clip_len=8, test_mode=True), *frames, *pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader

model = dict(
    _delete_=True,
    type='Recognizer2D',
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCHW'),
    backbone=dict(type='ResNet', depth=18),
    cls_head=dict(
        type='MCFEHead',
        class_names={{_base_.class_names}},
        clip={{_base_.clip}},  # its text tower reads the prompts
        in_channels=512,  # projected to CLIP's width
        num_prompt_tokens=16,
        mcfe=dict(num_blocks=4)))
optim_wrapper = dict(optimizer=dict(lr=5e-4))
custom_hooks = []  # one loss, nothing to switch
