# Former-DFER on the rendered benchmark.
_base_ = [
    '../_base_/models/former_dfer.py', '../_base_/datasets/rendered_crops.py',
    '../_base_/schedules/demo.py', '../_base_/default_runtime.py']

num_frames, map_size = 8, 4  # of 64 px

model = dict(
    backbone=dict(frame=dict(spatial=dict(map_size=map_size, num_heads=4, mlp_channels=256))),
    neck=dict(max_frames=num_frames, depth=1, num_heads=4, mlp_channels=256, init_std=0.02))
sample = dict(frames_per_segment=2, short='first')
train_dataloader = dict(dataset=dict(pipeline=dict(sample=sample)))
val_dataloader = dict(dataset=dict(pipeline=dict(sample=sample)))
test_dataloader = dict(dataset=dict(pipeline=dict(sample=sample)))
