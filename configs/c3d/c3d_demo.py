_base_ = [
    '../_base_/models/c3d.py', '../_base_/datasets/rendered_3d.py',
    '../_base_/schedules/demo.py', '../_base_/default_runtime.py']

model = dict(backbone=dict(out_dim=2048))  # for 32 px
