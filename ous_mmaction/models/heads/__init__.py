from .aen_head import AENHead
from .emotion_head import EmotionHead
from .feature_loss_head import FeatureLossHead
from .fer2d_head import FER2DHead
from .mcfe_head import MCFEHead
from .prompt_cosine_head import PromptCosineHead

__all__ = ['AENHead', 'EmotionHead', 'FER2DHead', 'FeatureLossHead', 'MCFEHead', 'PromptCosineHead']
