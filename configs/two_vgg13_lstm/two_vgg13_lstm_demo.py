_base_ = [
    '../_base_/models/two_vgg13_lstm.py', '../_base_/datasets/rendered_two_stream.py',
    '../_base_/schedules/demo.py', '../_base_/default_runtime.py']

model = dict(stream=dict(
    backbone=dict(base_channels=16, fc_channels=(256,), pool_size=1), neck=dict(in_channels=256)))
