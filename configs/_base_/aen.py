# AEN (Lee et al., CVPRW 2023). The config of a dataset adds data and class names. docs/aen.md lists
# what the abstract leaves open and how it is decided.
_base_ = './default_runtime.py'

num_frames, frames_per_segment, frame_size = 16, 2, 112
level_channels = 784  # (frame_size / 4)^2
# Trained by aen/aen_2d_affectnet.py. None means random weights.
fer2d_checkpoint = 'work_dirs/aen_2d_affectnet/epoch_100.pth'
lr, max_epochs = 0.01, 200
batch_size = 32  # per process
num_workers = 4

model = dict(
    type='AENRecognizer',
    data_preprocessor=dict(
        type='MultiModalDataPreprocessor',
        preprocessors=dict(
            imgs=dict(
                type='ActionDataPreprocessor',
                mean=[123.675, 116.28, 103.53],
                std=[58.395, 57.12, 57.375],
                format_shape='NCHW'),
            mask=dict(type='ActionDataPreprocessor', to_float32=False))),
    backbone=dict(type='ResNet16', out_indices=(0, 1, 2, 3)),
    neck=dict(
        type='AENNeck',
        in_channels=(64, 128, 256, 512),
        level_channels=level_channels,
        transformer=dict(max_frames=num_frames, depth=3, num_heads=8, head_channels=64,
                         mlp_channels=1024)),
    cls_head=dict(
        type='AENHead',
        in_channels=512,
        level_channels=level_channels,
        num_heads=8,
        mix=0.5,
        loss_sentiment=dict(type='AENTwoHeadLoss', share=0.7, loss_weight=0.6),  # P1
        loss_cls=dict(type='AENTwoHeadLoss', share=0.7, loss_weight=1.4),  # P2
        loss_token=dict(type='AENFrameTokenLoss', scale=3.0, loss_weight=0.4),  # L_S2T
        loss_sentiment_scores=dict(type='AENFrameScoreLoss', loss_weight=0.7),  # L_e3
        loss_emotion_scores=dict(type='AENFrameScoreLoss', loss_weight=0.3)),  # L_e7
    fer2d=dict(
        checkpoint=fer2d_checkpoint,
        model=dict(
            type='Recognizer2D',
            backbone=dict(type='ResNet16'),
            cls_head=dict(type='FER2DHead', in_channels=512))),
    start_from_fer2d=True)

train_pipeline = dict(
    sample=dict(type='SampleClip', clip_len=num_frames, frames_per_segment=frames_per_segment),
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=dict(type='FaceSceneSplit', size=frame_size, scene='blank'),  # the scene is not read
    take=dict(type='TakeStream', stream='face'),
    crop=dict(type='TorchVisionWrapper', op='RandomResizedCrop', size=frame_size, scale=(0.7, 1.0),
              ratio=(0.9, 1.1), antialias=True),
    flip=dict(type='TorchVisionWrapper', op='RandomHorizontalFlip'),
    affine=dict(type='TorchVisionWrapper', op='RandomAffine', degrees=10, translate=(0.05, 0.05)),
    jitter=dict(type='TorchVisionWrapper', op='ColorJitter', brightness=0.2, contrast=0.2,
                saturation=0.2),
    format=dict(type='FormatShape', input_format='NCHW'),
    pack=dict(type='PackActionInputs', collect_keys=('imgs', 'mask'),
              meta_keys=('clip_id', 'face_found')))
test_pipeline = dict(
    sample=dict(type='SampleClip', clip_len=num_frames, frames_per_segment=frames_per_segment,
                test_mode=True),
    read=dict(type='ReadClip'),
    boxes=dict(type='LoadFaceBoxes'),
    split=dict(type='FaceSceneSplit', size=frame_size, scene='blank'),
    take=dict(type='TakeStream', stream='face'),
    format=dict(type='FormatShape', input_format='NCHW'),
    pack=dict(type='PackActionInputs', collect_keys=('imgs', 'mask'),
              meta_keys=('clip_id', 'face_found')))

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
val_evaluator = [
    dict(type='UARWARMetric'),
    dict(type='ClipLossMetric'),
    dict(type='SentimentMetric'),
    dict(type='SentimentMetric', scores='sentiment_score', prefix='sentiment_head'),
]
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=lr, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=1))  # about a tenth of a step, see docs/aen.md
param_scheduler = dict(type='StepLR', step_size=40, gamma=0.1)
auto_scale_lr = dict(enable=False, base_batch_size=batch_size)
