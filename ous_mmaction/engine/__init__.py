from .console_runner import ConsoleRunner
from .hooks import (
    AlphaLossSwitchHook,
    ClassOrderHook,
    EpochSeedHook,
    FiniteLossHook,
    PlainCheckpointHook,
    ProgressBarHook,
    StoppingRulesHook,
    TrainedClipsHook,
    ValidatedCheckpointHook,
)

__all__ = ['AlphaLossSwitchHook', 'ClassOrderHook', 'ConsoleRunner', 'EpochSeedHook',
           'FiniteLossHook', 'PlainCheckpointHook', 'ProgressBarHook', 'StoppingRulesHook',
           'TrainedClipsHook', 'ValidatedCheckpointHook']
