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
from .layer_decay_constructor import LayerDecayConstructor

__all__ = ['AlphaLossSwitchHook', 'ConsoleRunner', 'EpochSeedHook', 'FiniteLossHook',
           'LayerDecayConstructor', 'PlainCheckpointHook', 'ProgressBarHook', 'StoppingRulesHook',
           'ValidatedCheckpointHook']
