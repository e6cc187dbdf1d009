# ResNet-18 on frames and an LSTM over them.
_base_ = './recognizer2d.py'

model = dict(
    backbone=dict(type='ResNet', depth=18, out_indices=(2, 3)),  # the neck reads the last one
    neck=dict(in_channels=512, kind='lstm'),
    cls_head=dict(in_channels=256, dropout_ratio=0))
