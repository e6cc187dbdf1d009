# The frozen CLIP with mmaction's own TSNHead, a linear classifier of a clip's mean face embedding.
_base_ = './resnet18_mcfe.py'

model = dict(
    data_preprocessor=dict(  # CLIP's
        mean=[122.771, 116.746, 104.094], std=[68.500, 66.632, 70.323]),
    backbone=dict(_delete_=True, type='OpenCLIPBackbone', clip_model={{_base_.clip_model}}),
    cls_head=dict(
        _delete_=True,
        type='TSNHead',
        num_classes=7,
        in_channels={{_base_.embed_dims}},
        average_clips='prob'))
optim_wrapper = dict(optimizer=dict(lr=0.01))
