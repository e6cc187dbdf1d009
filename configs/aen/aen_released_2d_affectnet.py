# The 2D model of aen_released_dfew.py: pixels in 0..1, and the batch and the steps of the authors'
# code. It is our network: the authors' code for theirs starts from a file that is missing.
_base_ = './aen_2d_affectnet.py'

batch_size = 32  # per process

model = dict(data_preprocessor=dict(mean=[0] * 3, std=[255] * 3))
train_dataloader = dict(batch_size=batch_size)
val_dataloader = dict(batch_size=batch_size)
test_dataloader = dict(batch_size=batch_size)
param_scheduler = dict(type='StepLR', step_size=20, gamma=0.1)
