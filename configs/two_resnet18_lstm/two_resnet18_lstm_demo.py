_base_ = [
    '../_base_/models/two_resnet18_lstm.py', '../_base_/datasets/rendered_two_stream.py',
    '../_base_/schedules/demo.py', '../_base_/default_runtime.py']
