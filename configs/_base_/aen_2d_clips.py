# AEN's 2D model on stills of clips: single face frames from the clips of the training fold, a
# different frame of each clip in every epoch. A tenth of that fold is held out for validation. No
# test clip is read before testing.
_base_ = './aen_2d.py'

selection = 'holdout'
frame_size = 112

train_steps = dict(
    sample=dict(type='SampleClip', clip_len=1),
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=dict(type='FaceSceneSplit', size=frame_size, scene='blank'),
    take=dict(type='TakeStream', stream='face'),
    crop=dict(type='TorchVisionWrapper', op='RandomResizedCrop', size=frame_size, scale=(0.7, 1.0),
              ratio=(0.9, 1.1), antialias=True),
    flip=dict(type='TorchVisionWrapper', op='RandomHorizontalFlip'),
    affine=dict(type='TorchVisionWrapper', op='RandomAffine', degrees=10, translate=(0.05, 0.05)),
    jitter=dict(type='TorchVisionWrapper', op='ColorJitter', brightness=0.2, contrast=0.2,
                saturation=0.2),
    format=dict(type='FormatShape', input_format='NCHW'),
    pack=dict(type='PackActionInputs', meta_keys=('clip_id', )))
test_steps = dict(
    sample=dict(type='SampleClip', clip_len=1, test_mode=True),
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=dict(type='FaceSceneSplit', size=frame_size, scene='blank'),
    take=dict(type='TakeStream', stream='face'),
    format=dict(type='FormatShape', input_format='NCHW'),
    pack=dict(type='PackActionInputs', meta_keys=('clip_id', )))

data = dict(_delete_=True, type='DFERDataset', boxes_file='faces.jsonl', selection=selection)
train_dataloader = dict(dataset=dict(**data, split='train', pipeline=train_steps))
val_dataloader = dict(dataset=dict(**data, split='val', pipeline=test_steps))
test_dataloader = dict(dataset=dict(**data, split='test', pipeline=test_steps))
