# One ResNet-18 with LSTM on the face and another on the scene, fused by one linear layer.
_base_ = './resnet18_lstm.py'

model = dict(
    _delete_=True,
    type='LateFusionRecognizer',
    data_preprocessor=dict(type='FaceScenePreprocessor', mean=[0] * 3, std=[1] * 3),
    stream=dict(type='Recognizer2D', backbone={{_base_.model.backbone}},
                neck={{_base_.model.neck}}),
    cls_head=dict(type='I3DHead', num_classes=7, in_channels=2 * 256, spatial_type=None,
                  average_clips='prob'))
