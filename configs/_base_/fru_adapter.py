# FRU-Adapter, fine-tuned from a ViT-L/16 of FMAE that was trained on RAF-DB.
_base_ = './videomae.py'

frame_size = 224
lr, batch_of_lr = 1e-3, 20  # four processes
batch_size = 5  # per process

model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW'),
    backbone=dict(type='FRUTransformer', channels=1024, depth=24, num_heads=16,
                  drop_path_rate=0.1, num_frames=16, image_size=frame_size),
    cls_head=dict(type='EmotionHead', in_channels=1024))

steps = dict(split=dict(size=frame_size))
train_dataloader = dict(batch_size=batch_size, dataset=dict(pipeline=dict(
    **steps, resize=dict(scale=(frame_size, frame_size)))))
val_dataloader = dict(batch_size=batch_size, dataset=dict(pipeline=steps))
test_dataloader = dict(batch_size=batch_size, dataset=dict(pipeline=steps))
optim_wrapper = dict(
    optimizer=dict(lr=lr),
    paramwise_cfg=dict(norm_decay_mult=0, bias_decay_mult=0))
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-6, end=5, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=5, eta_min_ratio=0.1, convert_to_iter_based=True)]
auto_scale_lr = dict(enable=False, base_batch_size=batch_of_lr)
