from .hooks import AlphaLossSwitchHook, EpochSeedHook, PlainCheckpointHook

__all__ = ['AlphaLossSwitchHook', 'EpochSeedHook', 'PlainCheckpointHook']
