from .face_scene_similarity_loss import FaceSceneSimilarityLoss
from .frame_score_loss import FrameScoreLoss
from .frame_token_loss import FrameTokenLoss
from .polarity_loss import PolarityLoss
from .prompt_contrastive_loss import PromptContrastiveLoss
from .two_head_loss import TwoHeadLoss

__all__ = ['FaceSceneSimilarityLoss', 'FrameScoreLoss', 'FrameTokenLoss', 'PolarityLoss',
           'PromptContrastiveLoss', 'TwoHeadLoss']
