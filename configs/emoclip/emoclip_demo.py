# EmoCLIP on the rendered benchmark, on the demo's own tiny CLIP.
_base_ = [
    '../_base_/models/emoclip.py', '../_base_/datasets/rendered_crops.py',
    '../_base_/schedules/emoclip.py', '../_base_/default_runtime.py']

clip_model = dict(name='vit_demo', pretrained='rendered')
embed_dims, num_frames, stride = 128, 8, 2
lr, max_epochs = 0.01, 6

model = dict(
    backbone=dict(frame=dict(clip_model=clip_model)),
    neck=dict(in_channels=embed_dims, num_heads=4, head_channels=64, mlp_channels=128,
              init_std=0.02),
    cls_head=dict(class_names={{_base_.class_names}}, in_channels=embed_dims,
                  clip_model=clip_model))

sample = dict(_delete_=True, type='SampleWrapped', clip_len=num_frames, stride=stride)
split = dict(interpolation='bicubic_float')
train_dataloader = dict(dataset=dict(pipeline=dict(sample=sample, split=split)))
test = dict(sample=dict(**sample, test_mode=True), split=split)
val_dataloader = dict(dataset=dict(pipeline=test))
test_dataloader = dict(dataset=dict(pipeline=test))
train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=lr))
param_scheduler = dict(milestones=[5])
