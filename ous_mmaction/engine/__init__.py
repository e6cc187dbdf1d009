from .console_runner import ConsoleRunner
from .fused_adam import FusedAdam
from .hooks import (
    AlphaLossSwitchHook,
    EpochSeedHook,
    FiniteLossHook,
    PlainCheckpointHook,
    ProgressBarHook,
    StoppingRulesHook,
    ValidatedCheckpointHook,
)
from .layer_decay_constructor import LayerDecayConstructor

__all__ = ['AlphaLossSwitchHook', 'ConsoleRunner', 'EpochSeedHook', 'FiniteLossHook',
           'FusedAdam', 'LayerDecayConstructor', 'PlainCheckpointHook', 'ProgressBarHook',
           'StoppingRulesHook', 'ValidatedCheckpointHook']
