from .backbones import (
    P3D,
    VGG,
    CachedBackbone,
    HaraResNet3d,
    InceptionI3D,
    OpenCLIPBackbone,
    ResNet16,
    StreamBackbone,
)
from .data_preprocessors import FaceScenePreprocessor
from .heads import AENHead, FeatureLossHead, FER2DHead, MCFEHead
from .losses import (
    CenterLoss,
    ECSTFLLoss,
    FaceSceneSimilarityLoss,
    FrameScoreLoss,
    FrameTokenLoss,
    PolarityLoss,
    PromptContrastiveLoss,
    TwoHeadLoss,
)
from .necks import FaceSceneNeck, SemanticLevelsNeck, TemporalNeck
from .recognizers import AENRecognizer, OUSRecognizer, TwoStreamRecognizer

__all__ = ['AENHead', 'AENRecognizer', 'CachedBackbone', 'CenterLoss', 'ECSTFLLoss', 'FER2DHead',
           'FaceSceneNeck', 'FaceScenePreprocessor', 'FaceSceneSimilarityLoss', 'FeatureLossHead',
           'FrameScoreLoss', 'FrameTokenLoss', 'HaraResNet3d', 'InceptionI3D', 'MCFEHead',
           'OUSRecognizer', 'OpenCLIPBackbone', 'P3D', 'PolarityLoss', 'PromptContrastiveLoss',
           'ResNet16', 'SemanticLevelsNeck', 'StreamBackbone', 'TemporalNeck', 'TwoHeadLoss',
           'TwoStreamRecognizer', 'VGG']
