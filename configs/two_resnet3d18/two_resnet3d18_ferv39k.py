_base_ = [
    '../_base_/models/two_resnet3d18.py', '../_base_/datasets/ferv39k_two_stream.py',
    '../_base_/schedules/sgd_100e.py', '../_base_/default_runtime.py']
