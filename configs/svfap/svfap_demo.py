# SVFAP on the rendered benchmark, from scratch and at a size for two CPU cores.
_base_ = './svfap_dfew.py'

data_root = 'data/rendered'
stride, frame_size = 1, 32
lr, max_epochs = 1e-3, 12
batch_size = 16  # per process
num_workers = 1

model = dict(
    data_preprocessor=dict(blending=None),
    backbone=dict(channels=96, depths=(2, 2, 2), num_heads=6, image_size=frame_size, patch_size=8,
                  drop_path_rate=0.0),
    cls_head=dict(in_channels=96, label_smooth_eps=0))

loader = dict(batch_size=batch_size, num_workers=num_workers)
steps = dict(sample=dict(stride=stride), boxes=dict(whole_frames=False),
             split=dict(size=frame_size))
data = dict(data_root=data_root, boxes_file='faces.jsonl', crops=None)
train_dataloader = dict(**loader, dataset=dict(**data, pipeline=dict(
    **steps, augment=None, crop=None, resize=None, erase=None)))
val_dataloader = dict(**loader, dataset=dict(**data, pipeline=steps))
test_dataloader = dict(**loader, dataset=dict(**data, pipeline=steps))
train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=lr), paramwise_cfg=dict(decay_rate=1.0))
param_scheduler = dict(
    _delete_=True, type='CosineAnnealingLR', T_max=max_epochs, eta_min=0, by_epoch=True)
auto_scale_lr = dict(base_batch_size=batch_size)
