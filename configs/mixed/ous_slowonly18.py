# OUS with both streams on a 3D backbone: SlowOnly-18, trained from scratch, replaces CLIP.
_base_ = './ous_resnet18.py'

model = dict(backbone=dict(
    dims=3,
    backbone=dict(_delete_=True, type='ResNet3dSlowOnly', depth=18, pretrained=None,
                  out_indices=(0, 1, 2, 3))))
