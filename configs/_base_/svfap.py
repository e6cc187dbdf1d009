# SVFAP (Sun et al., IEEE TAFFC 2024), fine-tuned from its pre-training on VoxCeleb2.
_base_ = './videomae.py'

lr, batch_of_lr = 2.5e-4, 64  # 1e-3 for a batch of 256; four processes
batch_size = 16  # per process

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
    backbone=dict(type='SVFAPTransformer', channels=512, depths=(12, 6, 3), num_heads=8,
                  drop_path_rate=0.1, num_frames=16, image_size=160),
    cls_head=dict(type='EmotionHead', in_channels=512, label_smooth_eps=0.1))

train_dataloader = dict(batch_size=batch_size)
val_dataloader = dict(batch_size=batch_size)
test_dataloader = dict(batch_size=batch_size)
optim_wrapper = dict(
    constructor='LayerDecayConstructor',
    paramwise_cfg=dict(decay_rate=0.75),
    optimizer=dict(lr=lr))
auto_scale_lr = dict(enable=False, base_batch_size=batch_of_lr)
