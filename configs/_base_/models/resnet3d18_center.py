# 3D ResNet-18 with center loss, whose weight is that of the DFEW paper.
_base_ = './resnet3d18.py'

model = dict(cls_head=dict(
    type='FeatureLossHead',
    loss_feature=dict(type='CenterLoss', num_classes=7, channels=512, loss_weight=1e-4)))
