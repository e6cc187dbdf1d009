# AEN's 2D model on stills of the rendered benchmark.
_base_ = '../_base_/aen_2d_clips.py'

fold = 1
data_root = 'data/rendered'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']
frame_size = 64
lr, max_epochs = 0.01, 20
batch_size = 32  # per process
num_workers = 2

model = dict(cls_head=dict(class_names=class_names))

loader = dict(batch_size=batch_size, num_workers=num_workers, persistent_workers=num_workers > 0)
data = dict(data_root=data_root, classes=class_names, fold=fold)
sizes = dict(split=dict(size=frame_size))
train_dataloader = dict(**loader, dataset=dict(**data, pipeline=dict(
    **sizes, crop=dict(size=frame_size), affine=None, jitter=None)))
val_dataloader = dict(**loader, dataset=dict(**data, pipeline=sizes))
test_dataloader = dict(**loader, dataset=dict(**data, pipeline=sizes))
train_cfg = dict(max_epochs=max_epochs, val_interval=5)
optim_wrapper = dict(optimizer=dict(lr=lr))
param_scheduler = dict(type='MultiStepLR', milestones=[14, 18], gamma=0.1)
