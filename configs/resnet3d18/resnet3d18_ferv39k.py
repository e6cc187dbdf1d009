_base_ = [
    '../_base_/models/resnet3d18.py', '../_base_/datasets/ferv39k_3d.py',
    '../_base_/schedules/sgd_100e.py', '../_base_/default_runtime.py']
