# The rendered benchmark at a size that a CPU can train: face crops as clips for 3D recognizers.
_base_ = './dfew_3d.py'

data_root = 'data/rendered'
num_frames, frame_size = 16, 32
batch_size = 16  # per process
num_workers = 1

loader = dict(batch_size=batch_size, num_workers=num_workers)
steps = dict(sample=dict(clip_len=num_frames, frames_per_segment=1), split=dict(size=frame_size),
             resize=None)
train_dataloader = dict(
    **loader, dataset=dict(data_root=data_root, pipeline=dict(**steps, crop=None)))
val_dataloader = dict(**loader, dataset=dict(data_root=data_root, pipeline=steps))
test_dataloader = dict(**loader, dataset=dict(data_root=data_root, pipeline=steps))
