# R3D-18 in torchvision's layout, built from mmaction's parts. It has no pooling after the stem and
# costs five times as much as Hara's layout.
_base_ = './recognizer3d.py'

model = dict(
    backbone=dict(
        type='ResNet3d', depth=18, pretrained=None, conv1_kernel=(3, 7, 7), with_pool1=False,
        with_pool2=False, temporal_strides=(1, 2, 2, 2), zero_init_residual=False),
    cls_head=dict(in_channels=512, dropout_ratio=0))
