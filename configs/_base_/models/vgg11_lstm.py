# VGG-11 on frames and an LSTM over its first fully connected layer. This reading of the DFEW rows
# matches their printed 31.65 G; with VGG's second layer, it would be 31.9 G. The authors do not say
# whether theirs uses batch norm. This one does, because it is trained from scratch.
_base_ = './recognizer2d.py'

model = dict(
    backbone=dict(type='VGG', depth=11, fc_channels=(4096,), batch_norm=True),
    neck=dict(in_channels=4096, kind='lstm'),
    cls_head=dict(in_channels=256))
