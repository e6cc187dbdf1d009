# I3D on RGB as published (Carreira and Zisserman, CVPR 2017), not mmaction's, which is a ResNet-50.
# The printed 6.99 G refer to 112 px.
_base_ = './recognizer3d.py'

model = dict(backbone=dict(type='InceptionI3D'), cls_head=dict(in_channels=1024))
