from .frames_encoder import FramesEncoder
from .fusion_block import FusionBlock
from .mcfe import MCFE
from .polarity_encoder import PolarityEncoder
from .prompt_learner import PromptLearner
from .quick_gelu import QuickGELU
from .stream_alignment import StreamAlignment
from .stream_lstm import StreamLSTM

__all__ = ['FramesEncoder', 'FusionBlock', 'MCFE', 'PolarityEncoder', 'PromptLearner', 'QuickGELU',
           'StreamAlignment', 'StreamLSTM']
