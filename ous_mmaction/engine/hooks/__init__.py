from .alpha_loss_switch_hook import AlphaLossSwitchHook
from .plain_checkpoint_hook import PlainCheckpointHook

__all__ = ['AlphaLossSwitchHook', 'PlainCheckpointHook']
