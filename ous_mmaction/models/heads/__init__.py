from .aen_head import AENHead
from .feature_loss_head import FeatureLossHead
from .fer2d_head import FER2DHead
from .mcfe_head import MCFEHead
from .prompt_cosine_head import PromptCosineHead

__all__ = ['AENHead', 'FeatureLossHead', 'FER2DHead', 'MCFEHead', 'PromptCosineHead']
