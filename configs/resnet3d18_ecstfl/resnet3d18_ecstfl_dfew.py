_base_ = [
    '../_base_/models/resnet3d18_ecstfl.py', '../_base_/datasets/dfew_3d.py',
    '../_base_/schedules/sgd_100e.py', '../_base_/default_runtime.py']
