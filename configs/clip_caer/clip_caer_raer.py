# RAER: CLIP-CAER. The rate of its projection is that of the image tower.
_base_ = [
    '../_base_/models/clip_caer.py', '../_base_/datasets/raer.py',
    '../_base_/schedules/dfer_clip.py', '../_base_/default_runtime.py']

model = dict(cls_head=dict(class_names={{_base_.class_names}}))
train_cfg = dict(max_epochs=20)
optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'cls_head.project': dict(lr_mult=1e-3)}))
param_scheduler = dict(milestones=[10, 15])
auto_scale_lr = dict(base_batch_size=8)
randomness = dict(seed=42)
