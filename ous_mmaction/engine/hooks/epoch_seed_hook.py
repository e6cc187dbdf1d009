from __future__ import annotations

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner, set_random_seed

from ...datasets.clips_of_dataset import innermost


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Hook that makes the random numbers of an epoch a function of seed and epoch alone.

    The training set draws its augmentation from (seed, epoch, clip), independently of the number of
    workers and ranks. The random numbers of the model start anew in every epoch. Therefore a run
    that was killed and resumed ends like an uninterrupted one.
    """

    def before_train_epoch(self, runner: Runner) -> None:
        """Seed the process and the training datasets.

        Args:
            runner (Runner): MMEngine's runner.
        """
        set_random_seed(runner.seed + runner.epoch)
        for dataset in innermost(runner.train_dataloader.dataset):
            dataset.set_epoch(runner.epoch, runner.seed)
