# 3D ResNet-18 in Hara's layout, which DFER's tables print with 33 M and 8.32 G.
_base_ = './recognizer3d.py'

model = dict(
    backbone=dict(type='HaraResNet3d', depth=18, pretrained=None),
    cls_head=dict(in_channels=512, dropout_ratio=0))
