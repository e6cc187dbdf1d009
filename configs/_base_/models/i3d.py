# I3D on RGB as published (Carreira and Zisserman, CVPR 2017), not mmaction's, which is a ResNet-50.
# The printed 6.99 G are at 112 px.
model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3,
                           format_shape='NCTHW'),
    backbone=dict(type='InceptionI3D'),
    cls_head=dict(type='I3DHead', num_classes=7, in_channels=1024, average_clips='prob'))
