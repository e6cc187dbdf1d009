# VGG-11 on frames, LSTM over its first fully connected layer: the reading of the DFEW rows that
# meets their printed 31.65 G; with VGG's second layer it would be 31.9 G. Whether theirs has batch
# norm is not said; this one does, because it is trained from scratch.
_base_ = './recognizer2d.py'

model = dict(
    backbone=dict(type='VGG', depth=11, fc_channels=(4096,), batch_norm=True),
    neck=dict(in_channels=4096, kind='lstm'),
    cls_head=dict(in_channels=256))
