# S2D (Chen et al., IEEE TAFFC 2024), fine-tuned from its pre-training on AffectNet-7.
_base_ = './videomae.py'

stride, frame_size = 1, 224
lr, batch_of_lr = 2e-5, 16  # two processes
batch_size = 8  # per process
# The file of the authors' folder `landmark`. Training without it adapts to a random net.
landmark_checkpoint = None

model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW',
        blending=dict(type='RandomBatchAugment', augments=[
            dict(type='MixupBlending', num_classes=7, alpha=0.8),
            dict(type='CutmixBlending', num_classes=7, alpha=1.0)])),
    backbone=dict(type='S2DTransformer', channels=768, depth=12, num_heads=12, num_frames=16,
                  image_size=frame_size, landmark_checkpoint=landmark_checkpoint),
    cls_head=dict(type='EmotionHead', in_channels=768, dropout_ratio=0.5, label_smooth_eps=0.1))

steps = dict(sample=dict(stride=stride), split=dict(size=frame_size))
train_dataloader = dict(batch_size=batch_size, dataset=dict(pipeline=dict(
    **steps, resize=dict(scale=(frame_size, frame_size)))))
val_dataloader = dict(batch_size=batch_size, dataset=dict(pipeline=steps))
test_dataloader = dict(batch_size=batch_size, dataset=dict(pipeline=steps))
optim_wrapper = dict(
    optimizer=dict(lr=lr),
    paramwise_cfg=dict(norm_decay_mult=0, bias_decay_mult=0))
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-6, end=2, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=2, eta_min=6.25e-10, convert_to_iter_based=True)]
auto_scale_lr = dict(enable=False, base_batch_size=batch_of_lr)
