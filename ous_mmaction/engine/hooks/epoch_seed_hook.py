from __future__ import annotations

from collections.abc import Iterator

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
        for dataset in _innermost(runner.train_dataloader.dataset):
            dataset.set_epoch(runner.epoch, runner.seed)


def _innermost(dataset) -> Iterator:
    """The datasets with ``set_epoch`` inside wrappers that repeat, concatenate or balance."""
    if hasattr(dataset, 'set_epoch'):
        yield dataset
    elif hasattr(dataset, 'datasets'):
        for part in dataset.datasets:
            yield from _innermost(part)
    elif hasattr(dataset, 'dataset'):
        yield from _innermost(dataset.dataset)
