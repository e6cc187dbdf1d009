# MCFEHead on mmaction's own Recognizer2D: face frames, ResNet-18 trained from scratch, one token
# per frame. After TakeStream has turned a stream into `imgs`, any mmaction transform can follow.
_base_ = '../ous_demo.py'

train_pipeline = dict(
    _delete_=True,
    sample=dict(type='SampleClip', clip_len=8),
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=dict(type='FaceSceneSplit', size=64),
    take=dict(type='TakeStream', stream='face'),
    flip=dict(type='Flip'),
    format=dict(type='FormatShape', input_format='NCHW'),
    pack=dict(type='PackActionInputs'))
test_pipeline = dict(
    _delete_=True,
    sample=dict(type='SampleClip', clip_len=8, test_mode=True),
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=dict(type='FaceSceneSplit', size=64),
    take=dict(type='TakeStream', stream='face'),
    format=dict(type='FormatShape', input_format='NCHW'),
    pack=dict(type='PackActionInputs'))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

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
        clip_model={{_base_.clip_model}},  # its text tower reads the prompts
        in_channels=512,  # projected to CLIP's width
        num_prompt_tokens=16,
        mcfe=dict(num_blocks=4)))
optim_wrapper = dict(optimizer=dict(lr=5e-4))
default_hooks = dict(loss_switch=dict(alpha=None))  # one loss, nothing to switch
