# What MAE-DFER, SVFAP, S2D and FRU-Adapter share, which fine-tune as VideoMAE does: their sampling,
# preprocessing, augmentation and schedule. They read the face crops that the datasets hand out. The
# config of a method adds the model.
_base_ = ['./default_runtime.py', './schedules/videomae_100e.py']

num_frames, stride, frame_size = 16, 4, 160
batch_size = 32  # per process
num_workers = 4

train_pipeline = dict(
    sample=dict(type='SampleViews', clip_len=num_frames, stride=stride),
    order=None,  # a change of the order of the frames
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes', whole_frames=True),
    # The scene is not read.
    split=dict(type='FaceSceneSplit', size=frame_size, scene='face', interpolation='bilinear'),
    take=dict(type='TakeStream', stream='face'),
    # Magnitude 7 of 10; torchvision counts to 30.
    augment=dict(type='TorchVisionWrapper', op='RandAugment', num_ops=4, magnitude=21),
    crop=dict(type='RandomResizedCrop', area_range=(0.08, 1.0), aspect_ratio_range=(3 / 4, 4 / 3)),
    resize=dict(type='Resize', scale=(frame_size, frame_size), keep_ratio=False),
    flip=dict(type='Flip'),
    erase=dict(type='TorchVisionWrapper', op='RandomErasing', p=0.25, value=(124, 116, 104)),
    format=dict(type='FormatShape', input_format='NCTHW'),
    pack=dict(type='PackActionInputs', meta_keys=('clip_id', 'face_found')))
test_pipeline = dict(
    sample=dict(type='SampleViews', clip_len=num_frames, stride=stride, num_views=2,
                test_mode=True),
    order=None,
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes', whole_frames=True),
    split=dict(type='FaceSceneSplit', size=frame_size, scene='face', interpolation='bilinear'),
    take=dict(type='TakeStream', stream='face'),
    format=dict(type='FormatShape', input_format='NCTHW'),
    pack=dict(type='PackActionInputs', meta_keys=('clip_id', 'face_found')))

loader = dict(batch_size=batch_size, num_workers=num_workers, persistent_workers=num_workers > 0)
train_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=True),
    drop_last=True,
    dataset=dict(type='DFERDataset', split='train', pipeline=train_pipeline))
val_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='DFERDataset', split='val', pipeline=test_pipeline))
test_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='DFERDataset', split='test', pipeline=test_pipeline))
val_evaluator = [dict(type='UARWARMetric'), dict(type='ClipLossMetric')]
test_evaluator = val_evaluator
