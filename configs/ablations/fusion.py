# Variants of MCFE.
title = 'MCFE: what a block reads, residual, queries, V_ft'
variants = {
    'OUS': {},
    'a block reads the previous output alone': {'model.cls_head.mcfe.reads': 'previous'},
    'the same, residual inside the block': {'model.cls_head.mcfe.reads': 'previous',
                                            'model.cls_head.mcfe.residual': 'inner'},
    'released MCFE: two tokens, which its residual runs through': {
        'model.cls_head.tokens': ['face', 'scene'],
        'model.cls_head.face_tokens': 'pooled',
        'model.cls_head.mcfe.reads': 'previous',
        'model.cls_head.mcfe.residual': 'tokens'},
    'residual inside the block': {'model.cls_head.mcfe.residual': 'inner'},
    'queries of each block': {'model.cls_head.mcfe.shared_query': False},
    'V_ft pooled': {'model.cls_head.face_tokens': 'pooled'},
    **{f'{count} queries': {'model.cls_head.mcfe.num_queries': count} for count in (1, 4, 8)},
}
