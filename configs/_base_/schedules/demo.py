# A short schedule for the rendered benchmark.
_base_ = './sgd_100e.py'

train_cfg = dict(max_epochs=8)
optim_wrapper = dict(optimizer=dict(lr=0.02))
param_scheduler = dict(_delete_=True, type='CosineAnnealingLR', by_epoch=True, T_max=8, eta_min=0)
