# P3D with the depth of ResNet-50 (Qiu et al., ICCV 2017). The DFEW authors' code runs it at 160 px,
# where it costs 8.4 G.
_base_ = './recognizer3d.py'

model = dict(backbone=dict(type='P3D'), cls_head=dict(in_channels=2048))
