from __future__ import annotations

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import set_random_seed


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Makes an epoch's random numbers a function of seed and epoch alone.

    The training set draws its augmentation by (seed, epoch, clip), whatever the number of workers
    and ranks; what the model draws starts anew with every epoch. So a run that was killed and
    resumed ends as the undisturbed one.
    """

    def before_train_epoch(self, runner) -> None:
        set_random_seed(runner.seed + runner.epoch)
        dataset = runner.train_dataloader.dataset
        if hasattr(dataset, 'set_epoch'):
            dataset.set_epoch(runner.epoch, runner.seed)
