# P3D with the depth of ResNet-50 (Qiu et al., ICCV 2017). Its printed 8.4 G are at 160 px.
model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3,
                           format_shape='NCTHW'),
    backbone=dict(type='P3D'),
    cls_head=dict(type='I3DHead', num_classes=7, in_channels=2048, average_clips='prob'))
