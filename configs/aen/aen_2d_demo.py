# AEN's 2D model on stills of the rendered benchmark: single face frames from the clips of the
# training fold, a different frame of each clip in every epoch. A tenth of that fold is held out for
# validation. No test clip is read before testing.
_base_ = '../_base_/aen_2d.py'

fold = 1
selection = 'holdout'
data_root = 'data/rendered'
class_names = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']
frame_size = 64
lr, max_epochs = 0.01, 20
batch_size = 32  # per process
num_workers = 2

model = dict(cls_head=dict(class_names=class_names))

train_pipeline = dict(
    sample=dict(type='SampleClip', clip_len=1),
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=dict(type='FaceSceneSplit', size=frame_size, scene='blank'),
    take=dict(type='TakeStream', stream='face'),
    crop=dict(type='TorchVisionWrapper', op='RandomResizedCrop', size=frame_size, scale=(0.7, 1.0),
              ratio=(0.9, 1.1), antialias=True),
    flip=dict(type='TorchVisionWrapper', op='RandomHorizontalFlip'),
    format=dict(type='FormatShape', input_format='NCHW'),
    pack=dict(type='PackActionInputs', meta_keys=('clip_id', )))
test_pipeline = dict(
    sample=dict(type='SampleClip', clip_len=1, test_mode=True),
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=dict(type='FaceSceneSplit', size=frame_size, scene='blank'),
    take=dict(type='TakeStream', stream='face'),
    format=dict(type='FormatShape', input_format='NCHW'),
    pack=dict(type='PackActionInputs', meta_keys=('clip_id', )))

loader = dict(batch_size=batch_size, num_workers=num_workers, persistent_workers=num_workers > 0)
data = dict(_delete_=True, type='DFERDataset', data_root=data_root, boxes_file='faces.jsonl',
            classes=class_names, fold=fold, selection=selection)
train_dataloader = dict(**loader, dataset=dict(**data, split='train', pipeline=train_pipeline))
val_dataloader = dict(**loader, dataset=dict(**data, split='val', pipeline=test_pipeline))
test_dataloader = dict(**loader, dataset=dict(**data, split='test', pipeline=test_pipeline))
train_cfg = dict(max_epochs=max_epochs, val_interval=5)
optim_wrapper = dict(optimizer=dict(lr=lr))
param_scheduler = dict(type='MultiStepLR', milestones=[14, 18], gamma=0.1)
