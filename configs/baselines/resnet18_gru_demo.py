_base_ = [
    '../_base_/models/resnet18_gru.py', '../_base_/datasets/rendered_frames.py',
    '../_base_/schedules/demo.py', '../_base_/default_runtime.py']
