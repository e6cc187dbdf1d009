# One 3D ResNet-18 on the face and another on the scene, fused by one linear layer.
_base_ = './resnet3d18.py'

model = dict(
    _delete_=True,
    type='LateFusionRecognizer',
    data_preprocessor=dict(type='FaceScenePreprocessor', mean=[0] * 3, std=[1] * 3),
    stream=dict(type='Recognizer3D', backbone={{_base_.model.backbone}}),
    cls_head=dict(type='I3DHead', num_classes=7, in_channels=2 * 512, spatial_type=None,
                  average_clips='prob'))
