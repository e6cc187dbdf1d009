# Inputs of the model. A model with one stream trains with L_contrast alone. The scene is the whole
# frame, including the face, unless the face is masked. The frames of the rendered benchmark are
# square, so that `split.scene_resize` can be compared on other datasets only.
alone = {'model.cls_head.loss_similarity': None, 'model.cls_head.loss_polarity': None}
masked = {f'{split}_dataloader.dataset.pipeline.split.scene': 'masked'
          for split in ('train', 'val', 'test')}
softly_masked = {**masked, **{key.replace('scene', 'fade'): 0.25 for key in masked}}

title = 'Inputs'
variants = {
    'OUS': {},
    'face only': {'model.cls_head.tokens': ['face'], **alone},
    'scene only': {'model.cls_head.tokens': ['scene', 'polarity'], **alone},
    'scene only, face masked': {
        'model.cls_head.tokens': ['scene', 'polarity'], **alone, **masked},
    'scene with the face masked': masked,
    'scene with the face softly masked': softly_masked,
    'V_pol not fused': {'model.cls_head.tokens': ['face', 'scene']},
    'no polarity encoder': {'model.neck.tap_channels': None, 'model.cls_head.loss_polarity': None},
}
