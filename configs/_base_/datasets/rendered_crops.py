# The rendered benchmark as face crops of 64 px, at a size that a CPU can train.
_base_ = './dfew_crops.py'

data_root = 'data/rendered'
num_frames, frame_size = 8, 64
batch_size = 16  # per process
num_workers = 1

loader = dict(batch_size=batch_size, num_workers=num_workers)
# Its clips are videos of whole scenes, so the boxes are read.
steps = dict(sample=dict(clip_len=num_frames), boxes=dict(whole_frames=False),
             split=dict(size=frame_size), resize=None)
data = dict(data_root=data_root, boxes_file='faces.jsonl', crops=None)
train_dataloader = dict(**loader, dataset=dict(**data, pipeline=dict(**steps, crop=None)))
val_dataloader = dict(**loader, dataset=dict(**data, pipeline=steps))
test_dataloader = dict(**loader, dataset=dict(**data, pipeline=steps))
