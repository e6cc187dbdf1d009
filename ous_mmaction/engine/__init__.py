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

__all__ = ['AlphaLossSwitchHook', 'ConsoleRunner', 'EpochSeedHook', 'FiniteLossHook',
           'FusedAdam', 'PlainCheckpointHook', 'ProgressBarHook', 'StoppingRulesHook',
           'ValidatedCheckpointHook']
