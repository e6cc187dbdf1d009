# FERV39k: face crops as frames for 2D recognizers.
_base_ = './ferv39k_clips.py'

train_dataloader = dict(dataset=dict(pipeline={{_base_.frames_train_pipeline}}))
val_dataloader = dict(dataset=dict(pipeline={{_base_.frames_test_pipeline}}))
test_dataloader = dict(dataset=dict(pipeline={{_base_.frames_test_pipeline}}))
