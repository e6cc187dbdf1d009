from .backbones import OpenCLIPBackbone, StreamBackbone
from .data_preprocessors import FaceScenePreprocessor
from .heads import MCFEHead
from .losses import FaceSceneSimilarityLoss, PolarityLoss, PromptContrastiveLoss
from .necks import FaceSceneNeck
from .recognizers import OUSRecognizer

__all__ = ['FaceSceneNeck', 'FaceScenePreprocessor', 'FaceSceneSimilarityLoss', 'MCFEHead',
           'OUSRecognizer', 'OpenCLIPBackbone', 'PolarityLoss', 'PromptContrastiveLoss',
           'StreamBackbone']
