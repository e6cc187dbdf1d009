# C3D (Tran et al., ICCV 2015), with batch norm as in the DFEW authors' code.
_base_ = './recognizer3d.py'

model = dict(
    backbone=dict(type='C3D', norm_cfg=dict(type='BN3d')),
    cls_head=dict(in_channels=4096, spatial_type=None))
