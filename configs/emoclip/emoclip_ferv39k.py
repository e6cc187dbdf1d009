# FERV39k: EmoCLIP, on 32 of every fourth frame.
_base_ = [
    '../_base_/models/emoclip.py', '../_base_/datasets/ferv39k_crops.py',
    '../_base_/schedules/emoclip.py', '../_base_/default_runtime.py']

batch_size = 128  # per process

model = dict(cls_head=dict(class_names={{_base_.class_names}}))
sample = dict(_delete_=True, type='SampleWrapped', clip_len=32, stride=4)
split = dict(interpolation='bicubic_float')
rotate = dict(_delete_=True, type='TorchVisionWrapper', op='RandomRotation', degrees=6)
train_dataloader = dict(batch_size=batch_size, dataset=dict(pipeline=dict(
    sample=sample, split=split, crop=None, resize=None, augment=rotate)))
test = dict(sample=dict(**sample, test_mode=True), split=split)
val_dataloader = dict(dataset=dict(pipeline=test))
test_dataloader = dict(dataset=dict(pipeline=test))
