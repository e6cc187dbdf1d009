_base_ = [
    '../_base_/models/two_resnet3d18.py', '../_base_/datasets/rendered_two_stream.py',
    '../_base_/schedules/demo.py', '../_base_/default_runtime.py']

model = dict(
    stream=dict(backbone=dict(base_channels=32)), cls_head=dict(in_channels=2 * 256))
