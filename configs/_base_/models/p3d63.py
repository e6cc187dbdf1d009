# P3D with the depth of ResNet-50 (Qiu et al., ICCV 2017). Its printed 8.4 G are at 160 px.
_base_ = './recognizer3d.py'

model = dict(backbone=dict(type='P3D'), cls_head=dict(in_channels=2048))
