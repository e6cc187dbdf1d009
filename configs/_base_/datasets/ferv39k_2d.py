# FERV39k: face crops as frames for 2D recognizers.
_base_ = './ferv39k_3d.py'

frames = dict(format=dict(input_format='NCHW'))
train_dataloader = dict(dataset=dict(pipeline=frames))
val_dataloader = dict(dataset=dict(pipeline=frames))
test_dataloader = dict(dataset=dict(pipeline=frames))
