# Face crops that a dataset hands out, prepared exactly as DFER-CLIP and the codes after it do:
# their sampling, frames of any aspect resized to a square, bilinear. Weights that were published
# with these methods are tested on this input.
_base_ = './faces.py'

num_frames, frame_size = 16, 224

steps = dict(
    boxes=dict(whole_frames=True),
    split=dict(size=frame_size, interpolation='bilinear'))
sample = dict(_delete_=True, type='SampleDynamic', clip_len=num_frames, short='all')
train_dataloader = dict(dataset=dict(pipeline=dict(
    **steps, sample=sample, resize=dict(scale=(frame_size, frame_size)))))
test = dict(**steps, sample=dict(**sample, test_mode=True), resize=None)
val_dataloader = dict(dataset=dict(pipeline=test))
test_dataloader = dict(dataset=dict(pipeline=test))
