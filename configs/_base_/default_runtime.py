default_scope = 'mmaction'
custom_imports = dict(imports=['ous_mmaction'], allow_failed_imports=False)

default_hooks = dict(
    runtime_info=dict(type='RuntimeInfoHook'),
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=20, ignore_last=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='ValidatedCheckpointHook', interval=1, max_keep_ckpts=2,
                    save_best='val/loss', rule='less', backend_args=dict(backend='atomic')),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    class_order=dict(type='ClassOrderHook'),
    epoch_seed=dict(type='EpochSeedHook'),
    trained_clips=dict(type='TrainedClipsHook'),
    finite_loss=dict(type='FiniteLossHook'),
    plain_checkpoint=dict(type='PlainCheckpointHook'))

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'))

# Values of batches are averaged over the window. Values of epochs are not: by default, MMEngine
# would log val/loss as a mean over epochs.
log_processor = dict(
    type='LogProcessor', window_size=20, by_epoch=True,
    mean_pattern=r'^(?!val/|acc/|sentiment).*(loss|time|grad_norm|acc|similarity|polarity)')
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='ActionVisualizer', vis_backends=vis_backends)
randomness = dict(seed=0, diff_rank_seed=False, deterministic=False)
log_level = 'INFO'
load_from = None
resume = False
