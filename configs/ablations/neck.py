# Time and alignment, the parts between backbone and fusion.
title = 'LSTM (eq. 13), frames encoder, alignment'
variants = {
    'OUS': {},
    'LSTM over time, no residual': {'model.neck.lstm.residual': False},
    'LSTM over streams, residual': {'model.neck.lstm.axis': 'stream'},
    'LSTM over streams, no residual': {'model.neck.lstm.axis': 'stream',
                                       'model.neck.lstm.residual': False},
    'no LSTM': {'model.neck.lstm': None},
    'no frames encoder': {'model.neck.frames_encoder': None},
    'no alignment': {'model.neck.face_align': None, 'model.neck.scene_align': None},
}
