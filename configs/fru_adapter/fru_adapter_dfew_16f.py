# DFEW: FRU-Adapter on the official crops that are aligned and interpolated to 16 frames (the
# released files "16f"). The frames are read in the order of their names as strings, and there is
# one view:
#     python tools/prepare_dataset.py dfew data/dfew_16f --source Clip/clip_224x224_16f
_base_ = './fru_adapter_dfew.py'

data_root = 'data/dfew_16f'

frames = dict(sample=dict(_delete_=True, type='SampleClip', clip_len=16),
              order=dict(_delete_=True, type='SortFramesAsStrings'))
test_frames = dict(frames, sample=dict(frames['sample'], test_mode=True))
data = dict(data_root=data_root, crops='16f')
train_dataloader = dict(dataset=dict(**data, pipeline=frames))
val_dataloader = dict(dataset=dict(**data, pipeline=test_frames))
test_dataloader = dict(dataset=dict(**data, pipeline=test_frames))
param_scheduler = [
    dict(type='CosineAnnealingLR', eta_min_ratio=0.1, convert_to_iter_based=True)]
