from .alpha_loss_switch_hook import AlphaLossSwitchHook
from .class_order_hook import ClassOrderHook
from .effective_batch_hook import EffectiveBatchHook
from .epoch_seed_hook import EpochSeedHook
from .finite_loss_hook import FiniteLossHook
from .plain_checkpoint_hook import PlainCheckpointHook
from .progress_bar_hook import ProgressBarHook
from .stopping_rules_hook import StoppingRulesHook
from .trained_clips_hook import TrainedClipsHook
from .validated_checkpoint_hook import ValidatedCheckpointHook

__all__ = ['AlphaLossSwitchHook', 'ClassOrderHook', 'EffectiveBatchHook', 'EpochSeedHook',
           'FiniteLossHook', 'PlainCheckpointHook', 'ProgressBarHook', 'StoppingRulesHook',
           'TrainedClipsHook', 'ValidatedCheckpointHook']
