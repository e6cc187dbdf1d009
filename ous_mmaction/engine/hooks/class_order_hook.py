from __future__ import annotations

from collections.abc import Sequence

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner

from ...checkpoints import classes_of
from ...checks import CHECKPOINT, same_class_order

LOOPS = dict(train_dataloader='_train_loop', val_dataloader='_val_loop',
             test_dataloader='_test_loop')


@HOOKS.register_module()
class ClassOrderHook(Hook):
    """Hook that compares the class order of head, datasets and checkpoint before anything runs.

    A label is a position in this order, so that a head with another order would learn or report
    other emotions than those of the clips. What names no classes is not compared, and neither is
    a checkpoint with another number of classes, whose classifier does not fit.
    """

    def __init__(self) -> None:
        self._checkpoint: Sequence[str] | None = None

    def before_run(self, runner: Runner) -> None:
        """Compare the head with the datasets, once they are built.

        Args:
            runner (Runner): MMEngine's runner.

        Raises:
            ValueError: If they have different orders or numbers of classes.
        """
        self._compare(runner)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Keep the classes that the weights were trained on, for the comparison that follows.

        Args:
            runner (Runner): Not used; part of MMEngine's interface.
            checkpoint (dict): Loaded checkpoint.
        """
        self._checkpoint = classes_of(checkpoint)

    def before_train(self, runner: Runner) -> None:
        """Compare again, now with the loaded checkpoint; arguments as in :meth:`before_run`."""
        self._compare(runner)

    def before_val(self, runner: Runner) -> None:
        """Compare again, now with the loaded checkpoint; arguments as in :meth:`before_run`."""
        self._compare(runner)

    def before_test(self, runner: Runner) -> None:
        """Compare again, now with the loaded checkpoint; arguments as in :meth:`before_run`."""
        self._compare(runner)

    def _compare(self, runner: Runner) -> None:
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        loops = {loader: getattr(runner, name) for loader, name in LOOPS.items()}
        datasets = {f'{loader}.dataset': loop.dataloader.dataset
                    for loader, loop in loops.items() if isinstance(loop, BaseLoop)}
        orders = {name: getattr(dataset, 'metainfo', {}).get('classes')
                  for name, dataset in datasets.items()}
        same_class_order(getattr(model, 'cls_head', None),
                         {**orders, CHECKPOINT: self._checkpoint})
