# Losses and their switch (eqs. 1 to 4).
title = 'Losses and alpha'
variants = {
    'OUS': {},
    **{f'alpha = {alpha:g}': {'default_hooks.loss_switch.alpha': alpha}
       for alpha in (0.0, 0.25, 0.5, 1.5, float('inf'))},
    'no L_similarity': {'model.cls_head.loss_similarity': None},
    'no L_polarity': {'model.cls_head.loss_polarity': None},
    'no L_similarity, no MCFE': {'model.cls_head.loss_similarity': None,
                                 'model.cls_head.mcfe': None},
    'no L_polarity, no MCFE': {'model.cls_head.loss_polarity': None,
                               'model.cls_head.mcfe': None},
    'eq. 3 as printed': {'model.cls_head.loss_cls.type': 'FaceSceneContrastiveLoss'},
}
