# MCFEHead on mmaction's own Recognizer3D: the scene frames as one clip, SlowOnly-18 trained from
# scratch.
_base_ = './resnet18_mcfe.py'

scenes = dict(take=dict(stream='scene'), format=dict(input_format='NCTHW'))
train_dataloader = dict(dataset=dict(pipeline=scenes))
val_dataloader = dict(dataset=dict(pipeline=scenes))
test_dataloader = dict(dataset=dict(pipeline=scenes))

model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(format_shape='NCTHW'),
    backbone=dict(_delete_=True, type='ResNet3dSlowOnly', depth=18, pretrained=None))
