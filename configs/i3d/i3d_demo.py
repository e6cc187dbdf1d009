_base_ = [
    '../_base_/models/i3d.py', '../_base_/datasets/rendered_3d.py',
    '../_base_/schedules/demo.py', '../_base_/default_runtime.py']
