# R(2+1)D-18 (Tran et al., CVPR 2018), built from mmaction's parts, with 33.2 M and 42.2 G. DFER's
# tables print 33 M and 42.36 G. torchvision's, whose blocks share one inner width, has 31.3 M and
# 40.5 G.
_base_ = './recognizer3d.py'

model = dict(
    backbone=dict(
        type='ResNet2Plus1d', depth=18, pretrained=None, pretrained2d=False,
        conv_cfg=dict(type='Conv2plus1d'), norm_cfg=dict(type='BN3d'), conv1_kernel=(3, 7, 7),
        pool1_stride_s=1,  # the pooling cannot be removed here, but must not halve the maps
        temporal_strides=(1, 2, 2, 2), zero_init_residual=False),
    cls_head=dict(in_channels=512, dropout_ratio=0))
