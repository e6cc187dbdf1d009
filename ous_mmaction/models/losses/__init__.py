from .aen_frame_score_loss import AENFrameScoreLoss
from .aen_frame_token_loss import AENFrameTokenLoss
from .aen_summed_frame_loss import AENSummedFrameLoss
from .aen_two_head_loss import AENTwoHeadLoss
from .batch_info_nce_loss import BatchInfoNCELoss
from .center_loss import CenterLoss
from .ec_stfl_loss import ECSTFLLoss
from .face_scene_contrastive_loss import FaceSceneContrastiveLoss
from .face_scene_similarity_loss import FaceSceneSimilarityLoss
from .polarity_loss import PolarityLoss
from .prompt_contrastive_loss import PromptContrastiveLoss

__all__ = ['AENFrameScoreLoss', 'AENFrameTokenLoss', 'AENSummedFrameLoss', 'AENTwoHeadLoss',
           'BatchInfoNCELoss', 'CenterLoss', 'ECSTFLLoss', 'FaceSceneContrastiveLoss',
           'FaceSceneSimilarityLoss', 'PolarityLoss', 'PromptContrastiveLoss']
