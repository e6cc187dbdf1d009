# Face crops as clips for mmaction's 3D recognizers, with Former-DFER's recipe: 8 x 2 frames of
# 112 px, random resized crop and flip. The config of a dataset adds the location of its clips.
num_frames, frame_size = 16, 112
batch_size = 32  # per process
num_workers = 4

train_pipeline = dict(
    sample=dict(type='SampleClip', clip_len=num_frames, frames_per_segment=2),
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=dict(type='FaceSceneSplit', size=224, scene='face'),  # the scene is not read
    take=dict(type='TakeStream', stream='face'),
    crop=dict(type='RandomResizedCrop', area_range=(0.08, 1.0), aspect_ratio_range=(3 / 4, 4 / 3)),
    resize=dict(type='Resize', scale=(frame_size, frame_size), keep_ratio=False),
    flip=dict(type='Flip'),
    augment=None,  # a place for one more
    format=dict(type='FormatShape', input_format='NCTHW'),
    pack=dict(type='PackActionInputs', meta_keys=('clip_id', 'face_found')))
test_pipeline = dict(
    sample=dict(type='SampleClip', clip_len=num_frames, frames_per_segment=2, test_mode=True),
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=dict(type='FaceSceneSplit', size=224, scene='face'),
    take=dict(type='TakeStream', stream='face'),
    resize=dict(type='Resize', scale=(frame_size, frame_size), keep_ratio=False),
    format=dict(type='FormatShape', input_format='NCTHW'),
    pack=dict(type='PackActionInputs', meta_keys=('clip_id', 'face_found')))

loader = dict(batch_size=batch_size, num_workers=num_workers, persistent_workers=num_workers > 0)
train_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=True),
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
