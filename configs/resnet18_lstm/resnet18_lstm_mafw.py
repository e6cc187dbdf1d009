_base_ = [
    '../_base_/models/resnet18_lstm.py', '../_base_/datasets/mafw_2d.py',
    '../_base_/schedules/sgd_100e.py', '../_base_/default_runtime.py']

model = dict(cls_head=dict(num_classes=11))
