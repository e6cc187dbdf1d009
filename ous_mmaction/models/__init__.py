from .backbones import CachedBackbone, OpenCLIPBackbone, StreamBackbone
from .data_preprocessors import FaceScenePreprocessor
from .heads import MCFEHead
from .losses import FaceSceneSimilarityLoss, PolarityLoss, PromptContrastiveLoss
from .necks import FaceSceneNeck
from .recognizers import OUSRecognizer

__all__ = ['CachedBackbone', 'FaceSceneNeck', 'FaceScenePreprocessor', 'FaceSceneSimilarityLoss',
           'MCFEHead', 'OUSRecognizer', 'OpenCLIPBackbone', 'PolarityLoss',
           'PromptContrastiveLoss', 'StreamBackbone']
