from .atomic_local_backend import AtomicLocalBackend
from .hooks import (
    AlphaLossSwitchHook,
    EpochSeedHook,
    FiniteLossHook,
    PlainCheckpointHook,
    StoppingRulesHook,
    ValidatedCheckpointHook,
)

__all__ = ['AlphaLossSwitchHook', 'AtomicLocalBackend', 'EpochSeedHook', 'FiniteLossHook',
           'PlainCheckpointHook', 'StoppingRulesHook', 'ValidatedCheckpointHook']
