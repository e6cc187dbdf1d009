# 3D ResNet-18 in Hara's layout: the one that DFER's tables print with 33 M and 8.32 G.
model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3,
                           format_shape='NCTHW'),
    backbone=dict(type='HaraResNet3d', depth=18, pretrained=None),
    cls_head=dict(type='I3DHead', num_classes=7, in_channels=512, dropout_ratio=0,
                  average_clips='prob'))
