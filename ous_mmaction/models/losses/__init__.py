from .center_loss import CenterLoss
from .ec_stfl_loss import ECSTFLLoss
from .face_scene_similarity_loss import FaceSceneSimilarityLoss
from .frame_score_loss import FrameScoreLoss
from .frame_token_loss import FrameTokenLoss
from .polarity_loss import PolarityLoss
from .prompt_contrastive_loss import PromptContrastiveLoss
from .two_head_loss import TwoHeadLoss

__all__ = ['CenterLoss', 'ECSTFLLoss', 'FaceSceneSimilarityLoss', 'FrameScoreLoss',
           'FrameTokenLoss', 'PolarityLoss', 'PromptContrastiveLoss', 'TwoHeadLoss']
