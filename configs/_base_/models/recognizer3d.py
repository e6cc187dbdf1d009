# Common parts of 3D models: pixels in 0..1 and a linear classifier.
model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3,
                           format_shape='NCTHW'),
    cls_head=dict(type='I3DHead', num_classes=7, average_clips='prob'))
