# DFEW: DFER-CLIP, with one brightness per clip.
_base_ = [
    '../_base_/models/dfer_clip.py', '../_base_/datasets/dfew_crops.py',
    '../_base_/schedules/dfer_clip.py', '../_base_/default_runtime.py']

batch_size = 48  # per process

model = dict(cls_head=dict(class_names={{_base_.class_names}}))
augment = dict(_delete_=True, type='TorchVisionWrapper', op='ColorJitter', brightness=0.5)
train_dataloader = dict(batch_size=batch_size, dataset=dict(pipeline=dict(augment=augment)))
