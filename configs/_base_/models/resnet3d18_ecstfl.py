# EC-STFL (Jiang et al., ACM MM 2020): 3D ResNet-18 with the DFEW paper's loss, lambda = 10.
_base_ = './resnet3d18.py'

model = dict(cls_head=dict(
    type='FeatureLossHead', loss_feature=dict(type='ECSTFLLoss', loss_weight=10.0)))
