# Paper Table 3: cross-entropy against the prompts (L_ce) or the global loss, with or without MCFE.
title = 'Table 3: losses and MCFE'
variants = {
    'L_ce': {'default_hooks.loss_switch.alpha': float('inf'), 'model.cls_head.mcfe': None},
    'L_global': {'model.cls_head.mcfe': None},
    'L_ce + MCFE': {'default_hooks.loss_switch.alpha': float('inf')},
    'L_global + MCFE': {},
}
