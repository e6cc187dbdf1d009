# AEN's losses, one left out at a time. AEN has no feature bank: `--pixels`.
title = "AEN's losses"
variants = {
    'AEN': {},
    'without P1': {'model.cls_head.loss_sentiment.loss_weight': 0.},
    'without L_S2T': {'model.cls_head.loss_token.loss_weight': 0.},
    'without L_e3': {'model.cls_head.loss_sentiment_scores.loss_weight': 0.},
    'without L_e7': {'model.cls_head.loss_emotion_scores.loss_weight': 0.},
    'cross-entropy alone (P2)': {
        f'model.cls_head.{loss}.loss_weight': 0.
        for loss in ('loss_sentiment', 'loss_token', 'loss_sentiment_scores',
                     'loss_emotion_scores')},
}
