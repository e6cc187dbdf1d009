# Face crops for mmaction's own recognizers, by Former-DFER's recipe: 8 x 2 frames of 112 px,
# random-resized crop and flip. A dataset's file adds where its clips are; `frames_*` are the same
# pipelines for 2D recognizers.
num_frames, frame_size = 16, 112
batch_size = 32
num_workers = 4

read = [
    dict(type='ReadClip'),
    dict(type='LoadFaceBoxes'),
    dict(type='FaceSceneSplit', size=224, scene='face'),  # no scene: it would be thrown away
    dict(type='TakeStream', stream='face'),
]
train = [
    dict(type='SampleClip', clip_len=num_frames, frames_per_segment=2),
    *read,
    dict(type='RandomResizedCrop', area_range=(0.08, 1.0), aspect_ratio_range=(3 / 4, 4 / 3)),
    dict(type='Resize', scale=(frame_size, frame_size), keep_ratio=False),
    dict(type='Flip'),
]
test = [
    dict(type='SampleClip', clip_len=num_frames, frames_per_segment=2, test_mode=True),
    *read,
    dict(type='Resize', scale=(frame_size, frame_size), keep_ratio=False),
]
pack = dict(type='PackActionInputs', meta_keys=('clip_id', 'face_found'))
clips = [dict(type='FormatShape', input_format='NCTHW'), pack]
frames = [dict(type='FormatShape', input_format='NCHW'), pack]
frames_train_pipeline, frames_test_pipeline = [*train, *frames], [*test, *frames]

loader = dict(batch_size=batch_size, num_workers=num_workers, persistent_workers=num_workers > 0)
train_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='DFERDataset', pipeline=[*train, *clips]))
test_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='DFERDataset', pipeline=[*test, *clips], test_mode=True))
val_dataloader = test_dataloader
val_evaluator = [dict(type='UARWARMetric'), dict(type='ClipLossMetric')]
test_evaluator = val_evaluator
