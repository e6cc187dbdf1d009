"""The layers of OUS: from frame features to the fused feature."""
from .frames_encoder import FramesEncoder
from .fusion_block import FusionBlock
from .mcfe import MCFE
from .polarity_encoder import PolarityEncoder
from .stream_alignment import StreamAlignment
from .stream_lstm import StreamLSTM

__all__ = ['FramesEncoder', 'FusionBlock', 'MCFE', 'PolarityEncoder', 'StreamAlignment',
           'StreamLSTM']
