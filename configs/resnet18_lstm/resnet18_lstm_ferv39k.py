_base_ = [
    '../_base_/models/resnet18_lstm.py', '../_base_/datasets/ferv39k_2d.py',
    '../_base_/schedules/sgd_100e.py', '../_base_/default_runtime.py']
