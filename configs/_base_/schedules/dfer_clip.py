# DFER-CLIP's recipe: rates of the image tower, the net over the frames and the prompts.
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=50, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=1e-2, momentum=0.9, weight_decay=1e-4),
    paramwise_cfg=dict(custom_keys={'backbone': dict(lr_mult=1e-3),
                                    'cls_head.prompts': dict(lr_mult=0.1)}))
param_scheduler = dict(type='MultiStepLR', milestones=[30, 40], gamma=0.1)
auto_scale_lr = dict(enable=False, base_batch_size=48)
