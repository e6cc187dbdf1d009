# FERV39k: pairs of face crops and full frames, for two recognizers side by side.
_base_ = './ferv39k_3d.py'

frame_size = 112

streams = dict(
    read=dict(size=frame_size), take=None, resize=None, format=None,
    pack=dict(collect_keys=('face', 'scene', 'mask')))
train_dataloader = dict(dataset=dict(pipeline=dict(
    **streams,
    crop=dict(_delete_=True, type='FaceSceneRandomCrop'),
    flip=dict(_delete_=True, type='FaceSceneFlip'))))
val_dataloader = dict(dataset=dict(pipeline=streams))
test_dataloader = dict(dataset=dict(pipeline=streams))
