# The rendered benchmark: both streams, for two recognizers side by side.
_base_ = './rendered_3d.py'

streams = dict(
    split=dict(scene='full'), take=None, format=None,
    pack=dict(collect_keys=('face', 'scene', 'mask')))
train_dataloader = dict(dataset=dict(pipeline=dict(
    **streams, flip=dict(_delete_=True, type='FaceSceneFlip'))))
val_dataloader = dict(dataset=dict(pipeline=streams))
test_dataloader = dict(dataset=dict(pipeline=streams))
