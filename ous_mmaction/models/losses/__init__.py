from .face_scene_similarity_loss import FaceSceneSimilarityLoss
from .polarity_loss import PolarityLoss
from .prompt_contrastive_loss import PromptContrastiveLoss

__all__ = ['FaceSceneSimilarityLoss', 'PolarityLoss', 'PromptContrastiveLoss']
