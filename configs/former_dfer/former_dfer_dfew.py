# DFEW: Former-DFER, on 8 runs of 2 frames of 112 px.
_base_ = [
    '../_base_/models/former_dfer.py', '../_base_/datasets/dfew_crops.py',
    '../_base_/schedules/sgd_100e.py', '../_base_/default_runtime.py']

frame_size = 112

sample = dict(frames_per_segment=2, short='first')
train_dataloader = dict(dataset=dict(pipeline=dict(
    sample=sample, resize=dict(scale=(frame_size, frame_size)))))
test = dict(sample=sample, split=dict(size=frame_size))
val_dataloader = dict(dataset=dict(pipeline=test))
test_dataloader = dict(dataset=dict(pipeline=test))
