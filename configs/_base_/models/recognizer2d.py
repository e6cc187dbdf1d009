# Common parts of 2D models: pixels in 0..1, TemporalNeck over the frames and a linear classifier.
model = dict(
    type='Recognizer2D',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3,
                           format_shape='NCHW'),
    neck=dict(type='TemporalNeck'),
    cls_head=dict(type='I3DHead', num_classes=7, spatial_type=None, average_clips='prob'))
