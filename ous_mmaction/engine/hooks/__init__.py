from .alpha_loss_switch_hook import AlphaLossSwitchHook
from .epoch_seed_hook import EpochSeedHook
from .plain_checkpoint_hook import PlainCheckpointHook
from .validated_checkpoint_hook import ValidatedCheckpointHook

__all__ = ['AlphaLossSwitchHook', 'EpochSeedHook', 'PlainCheckpointHook',
           'ValidatedCheckpointHook']
