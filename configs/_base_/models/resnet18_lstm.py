# ResNet-18 on frames, LSTM over them.
model = dict(
    type='Recognizer2D',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3,
                           format_shape='NCHW'),
    backbone=dict(type='ResNet', depth=18, out_indices=(2, 3)),  # the neck reads the last
    neck=dict(type='TemporalNeck', in_channels=512, kind='lstm'),
    cls_head=dict(type='I3DHead', num_classes=7, in_channels=256, spatial_type=None,
                  dropout_ratio=0, average_clips='prob'))
