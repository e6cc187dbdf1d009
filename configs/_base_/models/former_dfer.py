# Former-DFER (Zhao and Liu, ACM MM 2021): a ResNet-18 with a spatial transformer after its third
# stage, and a transformer over the frames. The published weights have one spatial layer. The
# tables of the paper have three: backbone.frame.spatial.depth=3.
model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3,
                           format_shape='NCTHW'),
    backbone=dict(
        type='FrameWiseBackbone',
        frame=dict(type='FormerDFERResNet', depth=18, spatial=dict(
            map_size=7, depth=1, num_heads=8, head_channels=32, mlp_channels=512))),
    neck=dict(type='TemporalNeck', in_channels=512, kind='transformer', max_frames=16, depth=3,
              num_heads=8, head_channels=64, mlp_channels=1024, gelu='tanh', class_position=True,
              init_std=1.0),
    cls_head=dict(type='I3DHead', num_classes=7, in_channels=512, spatial_type=None,
                  dropout_ratio=0, average_clips='prob'))
