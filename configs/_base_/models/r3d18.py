# R3D-18 in torchvision's layout, by mmaction's parts: no pooling behind the stem, five times the
# cost of Hara's.
model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3,
                           format_shape='NCTHW'),
    backbone=dict(
        type='ResNet3d', depth=18, pretrained=None, conv1_kernel=(3, 7, 7), with_pool1=False,
        with_pool2=False, temporal_strides=(1, 2, 2, 2), zero_init_residual=False),
    cls_head=dict(type='I3DHead', num_classes=7, in_channels=512, dropout_ratio=0,
                  average_clips='prob'))
