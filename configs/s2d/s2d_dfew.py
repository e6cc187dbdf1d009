# DFEW: S2D on one of five folds. It reads the official crops that are aligned and interpolated to
# 16 frames, in the order of their names as strings, as its authors' code does:
#     python tools/prepare_dataset.py dfew data/dfew_16f --source Clip/clip_224x224_16f
_base_ = '../_base_/s2d.py'

fold = 1
selection = 'test'  # selects the checkpoint: 'test', as in the literature, or 'holdout'
data_root = 'data/dfew_16f'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

model = dict(cls_head=dict(class_names=class_names))
frames = dict(sample=dict(_delete_=True, type='SampleClip', clip_len=16),
              order=dict(_delete_=True, type='SortFramesAsStrings'))
test_frames = dict(frames, sample=dict(frames['sample'], test_mode=True))
data = dict(data_root=data_root, classes=class_names, fold=fold, selection=selection, crops='16f')
train_dataloader = dict(dataset=dict(**data, pipeline=frames))
val_dataloader = dict(dataset=dict(**data, pipeline=test_frames))
test_dataloader = dict(dataset=dict(**data, pipeline=test_frames))
