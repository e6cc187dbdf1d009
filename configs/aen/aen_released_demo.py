# AEN as its authors' code computes it, on the rendered benchmark at a size for two CPU cores. First
# train aen_released_2d_demo.py.
_base_ = './aen_released_dfew.py'

data_root = 'data/rendered'
num_frames, frame_size = 4, 64
level_channels = 256  # (frame_size / 4)^2
# It must be of the same fold: its stills come from that fold's training clips, and the trunk starts
# with its weights.
fer2d_checkpoint = 'work_dirs/aen_released_2d_demo_fold1/epoch_20.pth'
lr, max_epochs = 0.01, 6
batch_size = 16  # per process
num_workers = 2

model = dict(
    neck=dict(
        level_channels=level_channels,
        transformer=dict(max_frames=num_frames, num_heads=4, head_channels=16, mlp_channels=128)),
    cls_head=dict(level_channels=level_channels),
    fer2d=dict(checkpoint=fer2d_checkpoint))

loader = dict(batch_size=batch_size, num_workers=num_workers)
sizes = dict(sample=dict(clip_len=num_frames), boxes=dict(whole_frames=False),
             split=dict(size=frame_size))
data = dict(data_root=data_root, boxes_file='faces.jsonl', crops=None)
train_dataloader = dict(**loader, dataset=dict(**data, pipeline=dict(
    **sizes, crop=dict(size=frame_size), affine=None, jitter=None)))
val_dataloader = dict(**loader, dataset=dict(**data, pipeline=sizes))
test_dataloader = dict(**loader, dataset=dict(**data, pipeline=sizes))
train_cfg = dict(max_epochs=max_epochs, val_interval=3)
optim_wrapper = dict(optimizer=dict(lr=lr))
param_scheduler = dict(step_size=4)
