from .backbones import CachedBackbone, OpenCLIPBackbone, ResNet16, StreamBackbone
from .data_preprocessors import FaceScenePreprocessor
from .heads import AENHead, FER2DHead, MCFEHead
from .losses import (
    FaceSceneSimilarityLoss,
    FrameScoreLoss,
    FrameTokenLoss,
    PolarityLoss,
    PromptContrastiveLoss,
    TwoHeadLoss,
)
from .necks import FaceSceneNeck, SemanticLevelsNeck
from .recognizers import AENRecognizer, OUSRecognizer

__all__ = ['AENHead', 'AENRecognizer', 'CachedBackbone', 'FER2DHead', 'FaceSceneNeck',
           'FaceScenePreprocessor', 'FaceSceneSimilarityLoss', 'FrameScoreLoss', 'FrameTokenLoss',
           'MCFEHead', 'OUSRecognizer', 'OpenCLIPBackbone', 'PolarityLoss',
           'PromptContrastiveLoss', 'ResNet16', 'SemanticLevelsNeck', 'StreamBackbone',
           'TwoHeadLoss']
