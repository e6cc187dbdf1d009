_base_ = [
    '../_base_/models/resnet18_lstm.py', '../_base_/datasets/rendered_2d.py',
    '../_base_/schedules/demo.py', '../_base_/default_runtime.py']
