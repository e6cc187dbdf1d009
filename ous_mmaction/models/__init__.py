from .backbones import (
    P3D,
    VGG,
    FaceSceneBackbone,
    HaraResNet3d,
    InceptionI3D,
    OpenCLIPBackbone,
    ResNet16,
)
from .data_preprocessors import FaceScenePreprocessor
from .heads import AENHead, FeatureLossHead, FER2DHead, MCFEHead
from .losses import (
    AENFrameScoreLoss,
    AENFrameTokenLoss,
    AENTwoHeadLoss,
    CenterLoss,
    ECSTFLLoss,
    FaceSceneContrastiveLoss,
    FaceSceneSimilarityLoss,
    PolarityLoss,
    PromptContrastiveLoss,
)
from .necks import AENNeck, FaceSceneNeck, TemporalNeck
from .recognizers import AENRecognizer, LateFusionRecognizer, OUSRecognizer

__all__ = ['AENFrameScoreLoss', 'AENFrameTokenLoss', 'AENHead', 'AENNeck', 'AENRecognizer',
           'AENTwoHeadLoss', 'CenterLoss', 'ECSTFLLoss', 'FER2DHead', 'FaceSceneBackbone',
           'FaceSceneContrastiveLoss', 'FaceSceneNeck', 'FaceScenePreprocessor',
           'FaceSceneSimilarityLoss', 'FeatureLossHead', 'HaraResNet3d', 'InceptionI3D',
           'LateFusionRecognizer', 'MCFEHead', 'OUSRecognizer', 'OpenCLIPBackbone', 'P3D',
           'PolarityLoss', 'PromptContrastiveLoss', 'ResNet16', 'TemporalNeck', 'VGG']
