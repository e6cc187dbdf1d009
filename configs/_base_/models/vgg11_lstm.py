# VGG-11 on frames, LSTM over its first fully connected layer: the reading of the DFEW rows that
# meets their printed 31.65 G; with VGG's second layer it would be 31.9 G. Whether theirs has batch
# norm is not said; this one does, because it is trained from scratch.
model = dict(
    type='Recognizer2D',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3,
                           format_shape='NCHW'),
    backbone=dict(type='VGG', depth=11, fc_channels=(4096,), batch_norm=True),
    neck=dict(type='TemporalNeck', in_channels=4096, kind='lstm'),
    cls_head=dict(type='I3DHead', num_classes=7, in_channels=256, spatial_type=None,
                  average_clips='prob'))
