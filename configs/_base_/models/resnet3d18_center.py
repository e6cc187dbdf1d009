# 3D ResNet-18 with centre loss, with the DFEW paper's weight.
_base_ = './resnet3d18.py'

model = dict(cls_head=dict(
    type='FeatureLossHead',
    loss_feature=dict(type='CenterLoss', num_classes=7, channels=512, loss_weight=1e-4)))
