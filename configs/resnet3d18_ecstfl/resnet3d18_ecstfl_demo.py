_base_ = [
    '../_base_/models/resnet3d18_ecstfl.py', '../_base_/datasets/rendered_3d.py',
    '../_base_/schedules/demo.py', '../_base_/default_runtime.py']

model = dict(backbone=dict(base_channels=32), cls_head=dict(in_channels=256))
