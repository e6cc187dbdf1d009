# What the paper prints or says, where OUS does something else by default.
title = 'Equations as printed'
no_residual = {'model.neck.lstm.residual': False}
batch_cosine = {'model.cls_head.loss_similarity.cosine': 'batch'}
narrow_scope = {'model.neck.similarity_scope': 'alignment'}
variants = {
    'OUS': {},
    'LSTM over time, no residual': no_residual,
    'L_contrast alone, no residual': {'default_hooks.loss_switch.alpha': float('inf'),
                                      **no_residual},
    'no L_similarity, no residual': {'model.cls_head.loss_similarity': None, **no_residual},
    'eq. 2 as printed': batch_cosine,
    'eq. 2 as printed, no residual': {**batch_cosine, **no_residual},
    'L_similarity trains encoder and alignment alone': narrow_scope,
    'L_similarity trains encoder and alignment alone, no residual': {**narrow_scope, **no_residual},
    'K = face, V = scene': {'model.cls_head.face_values': 'scene'},
    'plain recurrent cell (eq. 13)': {'model.neck.lstm.cell': 'rnn'},
    'plain recurrent cell (eq. 13), no residual': {'model.neck.lstm.cell': 'rnn', **no_residual},
}
