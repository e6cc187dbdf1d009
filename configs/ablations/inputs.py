# What the model sees. A stream that is left out trains by L_contrast alone.
alone = {'model.cls_head.loss_similarity': None, 'model.cls_head.loss_polarity': None}
masked = {f'{split}_dataloader.dataset.pipeline.3.scene': 'masked'
          for split in ('train', 'val', 'test')}

title = 'Inputs'
variants = {
    'OUS': {},
    'face only': {'model.cls_head.tokens': ['face'], **alone},
    'scene only': {'model.cls_head.tokens': ['scene', 'polarity'], **alone},
    'scene with the face masked': masked,
    'V_pol not fused': {'model.cls_head.tokens': ['face', 'scene']},
    'no polarity encoder': {'model.neck.tap_channels': None},
}
