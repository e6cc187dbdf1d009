# C3D (Tran et al., ICCV 2015), with the batch norm that the DFEW authors' code gives it.
model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3,
                           format_shape='NCTHW'),
    backbone=dict(type='C3D', norm_cfg=dict(type='BN3d')),
    cls_head=dict(type='I3DHead', num_classes=7, in_channels=4096, spatial_type=None,
                  average_clips='prob'))
