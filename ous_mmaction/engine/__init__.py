from .atomic_local_backend import AtomicLocalBackend
from .hooks import (
    AlphaLossSwitchHook,
    EpochSeedHook,
    PlainCheckpointHook,
    ValidatedCheckpointHook,
)

__all__ = ['AlphaLossSwitchHook', 'AtomicLocalBackend', 'EpochSeedHook', 'PlainCheckpointHook',
           'ValidatedCheckpointHook']
