# AEN after the paper's words, as its authors' code computes it, and in between, with and without
# clipped gradients. AEN has no feature bank: `--pixels`. All rows read the pixels of the 2D model.
title = "AEN's arithmetic and its clipping"
neck = {'model.neck.levels': [1, 3], 'model.neck.conv_layers': 2,
        'model.neck.transformer.gelu': 'tanh', 'model.neck.transformer.class_position': True,
        'model.neck.transformer.init_std': 1.}
token = {'model.cls_head.loss_token.type': 'AENSummedFrameLoss'}
mix = {'model.cls_head.mix': 0.7}
head = {'model.cls_head.type': 'AENReleasedHead', 'model.fer2d.raw_scores': True, **token, **mix}
free = {'optim_wrapper.clip_grad': None}
variants = {
    'AEN': {},
    'AEN, not clipped': free,
    'AEN, not clipped, a tenth of the rate': {**free, 'optim_wrapper.optimizer.lr': 0.001},
    'released, not clipped': {**neck, **head, **free},
    'released, clipped': {**neck, **head},
    'released neck': neck,
    'released head and losses': head,
    'released L_S2T': token,
    'levels 1 and 3': {'model.neck.levels': [1, 3]},
    'mix 0.7': mix,
}
