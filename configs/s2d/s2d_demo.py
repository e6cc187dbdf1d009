# S2D on the rendered benchmark, at a size for two CPU cores. The image model and the landmark net,
# which training does not change, have random weights, so that this shows how training runs and not
# what S2D can do.
_base_ = './s2d_dfew.py'

data_root = 'data/rendered'
frame_size = 32
lr, max_epochs = 1e-3, 12
batch_size = 16  # per process
num_workers = 1

model = dict(
    data_preprocessor=dict(blending=None),
    backbone=dict(channels=96, depth=4, num_heads=6, adapter_heads=4, image_size=frame_size,
                  patch_size=8, landmark_net=dict(channels=16, depths=(1, 1))),
    cls_head=dict(in_channels=96, dropout_ratio=0, label_smooth_eps=0))

loader = dict(batch_size=batch_size, num_workers=num_workers)
steps = dict(order=None, boxes=dict(whole_frames=False), split=dict(size=frame_size))
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
