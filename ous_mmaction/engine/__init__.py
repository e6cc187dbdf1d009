from .hooks import AlphaLossSwitchHook, PlainCheckpointHook

__all__ = ['AlphaLossSwitchHook', 'PlainCheckpointHook']
