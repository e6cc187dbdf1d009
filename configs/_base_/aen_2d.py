# The 2D model that labels frames for AEN. It reads still faces, one per sample, of every class
# equally often. The config of a dataset adds data and class names. docs/aen.md gives the reasons.
_base_ = './default_runtime.py'

frame_size = 112
lr, max_epochs = 1e-4, 100
batch_size = 64  # per process
num_workers = 4

model = dict(
    type='Recognizer2D',
    data_preprocessor=dict(  # as in AEN, which passes its own frames to this model
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCHW'),
    backbone=dict(type='ResNet16'),
    cls_head=dict(type='FER2DHead', in_channels=512, average_clips='prob'))

train_pipeline = dict(
    read=dict(type='ReadImage'),
    crop=dict(type='TorchVisionWrapper', op='RandomResizedCrop', size=frame_size, scale=(0.7, 1.0),
              ratio=(0.9, 1.1), antialias=True),
    flip=dict(type='TorchVisionWrapper', op='RandomHorizontalFlip'),
    affine=dict(type='TorchVisionWrapper', op='RandomAffine', degrees=10, translate=(0.05, 0.05)),
    jitter=dict(type='TorchVisionWrapper', op='ColorJitter', brightness=0.2, contrast=0.2,
                saturation=0.2),
    format=dict(type='FormatShape', input_format='NCHW'),
    pack=dict(type='PackActionInputs', meta_keys=('clip_id', )))
test_pipeline = dict(
    read=dict(type='ReadImage'),
    resize=dict(type='Resize', scale=(frame_size, frame_size), keep_ratio=False),
    format=dict(type='FormatShape', input_format='NCHW'),
    pack=dict(type='PackActionInputs', meta_keys=('clip_id', )))

loader = dict(batch_size=batch_size, num_workers=num_workers, persistent_workers=num_workers > 0)
train_dataloader = dict(
    **loader,
    sampler=dict(type='ClassBalancedSampler'),
    dataset=dict(type='StillImageDataset', split='train', pipeline=train_pipeline))
val_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='StillImageDataset', split='val', pipeline=test_pipeline))
test_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='StillImageDataset', split='test', pipeline=test_pipeline))
val_evaluator = [dict(type='UARWARMetric'), dict(type='ClipLossMetric')]
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='SGD', lr=lr, momentum=0.9, weight_decay=1e-4))
auto_scale_lr = dict(enable=False, base_batch_size=batch_size)
