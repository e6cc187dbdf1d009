from .console_runner import ConsoleRunner
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
           'PlainCheckpointHook', 'ProgressBarHook', 'StoppingRulesHook',
           'ValidatedCheckpointHook']
