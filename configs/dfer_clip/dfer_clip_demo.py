# DFER-CLIP on the rendered benchmark, on the demo's own tiny CLIP.
_base_ = [
    '../_base_/models/dfer_clip.py', '../_base_/datasets/rendered_crops.py',
    '../_base_/schedules/dfer_clip.py', '../_base_/default_runtime.py']

clip_model = dict(name='vit_demo', pretrained='rendered')
embed_dims, num_frames = 128, 8
lr, max_epochs = 0.01, 6

model = dict(
    backbone=dict(frame=dict(clip_model=clip_model)),
    neck=dict(in_channels=embed_dims, max_frames=num_frames, num_heads=4, head_channels=32,
              mlp_channels=256, init_std=0.02),
    cls_head=dict(class_names={{_base_.class_names}}, in_channels=embed_dims,
                  clip_model=clip_model))

train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=lr))
param_scheduler = dict(milestones=[5])
