from .console_runner import ConsoleRunner
from .fused_adam import FusedAdam
from .hooks import (
    AlphaLossSwitchHook,
    ClassOrderHook,
    EffectiveBatchHook,
    EpochSeedHook,
    FiniteLossHook,
    PlainCheckpointHook,
    ProgressBarHook,
    StoppingRulesHook,
    TrainedClipsHook,
    ValidatedCheckpointHook,
)
from .layer_decay_constructor import LayerDecayConstructor

__all__ = ['AlphaLossSwitchHook', 'ClassOrderHook', 'ConsoleRunner', 'EffectiveBatchHook',
           'EpochSeedHook', 'FiniteLossHook', 'FusedAdam', 'LayerDecayConstructor',
           'PlainCheckpointHook', 'ProgressBarHook', 'StoppingRulesHook', 'TrainedClipsHook',
           'ValidatedCheckpointHook']
