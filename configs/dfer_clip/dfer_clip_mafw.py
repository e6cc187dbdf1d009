# MAFW: DFER-CLIP.
_base_ = [
    '../_base_/models/dfer_clip.py', '../_base_/datasets/mafw_crops.py',
    '../_base_/schedules/dfer_clip.py', '../_base_/default_runtime.py']

batch_size = 48  # per process

model = dict(cls_head=dict(class_names={{_base_.class_names}}))
train_dataloader = dict(batch_size=batch_size)
