# The paper's description compared with what the released code computes (configs/released/). Both
# use face and scene and the same number of prompt tokens.
released = {
    'model.neck.tap_channels': None,
    'model.neck.lstm.axis': 'stream',
    'model.neck.face_align': None,
    'model.neck.scene_frames': 'all',
    'model.neck.scene_align.kernel_size': None,
    'model.cls_head.prompt_suffix': '.',
    'model.cls_head.face_tokens': 'pooled',
    'model.cls_head.mcfe.shared_query': False,
    'model.cls_head.mcfe.query_mean': 1.0,
    'model.cls_head.mcfe.query_std': 0.0,
    'model.cls_head.mcfe.reads': 'previous',
    'model.cls_head.mcfe.residual': 'tokens',
    'model.cls_head.mcfe.act': 'QuickGELU',
    'model.cls_head.mcfe.max_positions': 16,
    'model.cls_head.loss_similarity': None,
    'model.cls_head.loss_polarity': None,
    **{f'{split}_dataloader.dataset.pipeline.sample.select': 'last'
       for split in ('train', 'val', 'test')},
}
slow = {'optim_wrapper.optimizer.lr': 2e-4, 'optim_wrapper.optimizer.weight_decay': 1e-6,
        'param_scheduler.factor': 0.3, 'param_scheduler.patience': 2,
        'param_scheduler.threshold': 1e-3}

title = 'Presets'
variants = {
    'OUS': {},
    'released code': {**released, **slow},
    "released code, the paper's optimizer": released,
}
