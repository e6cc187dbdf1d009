# The rendered benchmark: face crops as frames for 2D recognizers.
_base_ = './rendered_3d.py'

num_frames = 8

frames = dict(sample=dict(clip_len=num_frames), format=dict(input_format='NCHW'))
train_dataloader = dict(dataset=dict(pipeline=frames))
val_dataloader = dict(dataset=dict(pipeline=frames))
test_dataloader = dict(dataset=dict(pipeline=frames))
