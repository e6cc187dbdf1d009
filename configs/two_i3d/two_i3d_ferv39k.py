_base_ = [
    '../_base_/models/two_i3d.py', '../_base_/datasets/ferv39k_two_stream.py',
    '../_base_/schedules/sgd_100e.py', '../_base_/default_runtime.py']
