from .hooks import (
    AlphaLossSwitchHook,
    EpochSeedHook,
    FiniteLossHook,
    PlainCheckpointHook,
    StoppingRulesHook,
    ValidatedCheckpointHook,
)

__all__ = ['AlphaLossSwitchHook', 'EpochSeedHook', 'FiniteLossHook', 'PlainCheckpointHook',
           'StoppingRulesHook', 'ValidatedCheckpointHook']
