from .emotion_groups import EmotionGroups
from .frames_encoder import FramesEncoder
from .fusion_block import FusionBlock
from .mcfe import MCFE
from .polarity_encoder import PolarityEncoder
from .prompt_learner import PromptLearner
from .quick_gelu import QuickGELU
from .stream_alignment import StreamAlignment
from .stream_lstm import StreamLSTM
from .temporal_transformer import TemporalTransformer

__all__ = ['EmotionGroups', 'FramesEncoder', 'FusionBlock', 'MCFE', 'PolarityEncoder',
           'PromptLearner', 'QuickGELU', 'StreamAlignment', 'StreamLSTM', 'TemporalTransformer']
