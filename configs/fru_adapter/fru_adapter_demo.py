# FRU-Adapter on the rendered benchmark, at a size for two CPU cores. The image model, of which
# training changes only the norms, has random weights, so that this shows how training runs and not
# what FRU-Adapter can do.
_base_ = './fru_adapter_dfew.py'

data_root = 'data/rendered'
stride, frame_size = 1, 32
lr, max_epochs = 1e-3, 12
batch_size = 16  # per process
num_workers = 1

model = dict(
    backbone=dict(channels=96, depth=4, num_heads=6, adapter_channels=32, image_size=frame_size,
                  patch_size=8, drop_path_rate=0.0),
    cls_head=dict(in_channels=96))

loader = dict(batch_size=batch_size, num_workers=num_workers)
steps = dict(sample=dict(stride=stride), boxes=dict(whole_frames=False),
             split=dict(size=frame_size))
data = dict(data_root=data_root, boxes_file='faces.jsonl', crops=None)
train_dataloader = dict(**loader, dataset=dict(**data, pipeline=dict(
    **steps, augment=None, crop=None, resize=None, erase=None)))
val_dataloader = dict(**loader, dataset=dict(**data, pipeline=steps))
test_dataloader = dict(**loader, dataset=dict(**data, pipeline=steps))
train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=lr))
param_scheduler = dict(
    _delete_=True, type='CosineAnnealingLR', T_max=max_epochs, eta_min=0, by_epoch=True)
auto_scale_lr = dict(base_batch_size=batch_size)
