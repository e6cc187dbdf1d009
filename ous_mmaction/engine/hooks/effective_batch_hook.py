from __future__ import annotations

from typing import NamedTuple

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper
from mmengine.runner import EpochBasedTrainLoop, Runner


class BatchPlan(NamedTuple):
    """How the processes of a training reach the effective batch.

    Attributes:
        batch_size (int): Clips per process and iteration.
        accumulation (int): Iterations per step of the optimizer.
        lr_factor (float): Clips per step, relative to the effective batch. 1 unless the division
            leaves a remainder.
    """

    batch_size: int
    accumulation: int
    lr_factor: float


def plan_batch(effective_batch: int, processes: int, batch_size: int) -> BatchPlan:
    """Plan the steps of an optimizer for a number of processes.

    A batch that is too small is accumulated, and one that is too large becomes smaller. What a
    division leaves over scales the learning rate.

    Args:
        effective_batch (int): Clips per step that the learning rate is meant for.
        processes (int): Number of processes.
        batch_size (int): Clips per process and iteration, as configured.

    Returns:
        BatchPlan: The plan.

    Examples:
        >>> plan_batch(16, processes=1, batch_size=4)
        BatchPlan(batch_size=4, accumulation=4, lr_factor=1.0)
        >>> plan_batch(16, processes=8, batch_size=4)
        BatchPlan(batch_size=2, accumulation=1, lr_factor=1.0)
        >>> plan_batch(16, processes=3, batch_size=4)
        BatchPlan(batch_size=4, accumulation=1, lr_factor=0.75)
    """
    if processes * batch_size > effective_batch:
        batch_size = max(1, effective_batch // processes)
    accumulation = max(1, effective_batch // (processes * batch_size))
    return BatchPlan(batch_size, accumulation,
                     processes * batch_size * accumulation / effective_batch)


@HOOKS.register_module()
class EffectiveBatchHook(Hook):
    """Hook that trains with the same number of clips per step on any number of processes.

    See :func:`plan_batch`. Gradients are accumulated by MMEngine's ``OptimWrapper``, anew in every
    epoch: the last step of an epoch averages what is left, and no gradient waits for the next
    epoch, so that a run can be resumed after any epoch. ``--auto-scale-lr`` switches the hook off.

    Args:
        effective_batch (int, optional): Clips per step of the optimizer. None takes the batches as
            they are.

    Raises:
        ValueError: If ``effective_batch`` is below 1.
    """

    def __init__(self, effective_batch: int | None) -> None:
        if effective_batch is not None and effective_batch < 1:
            raise ValueError('The key `EffectiveBatchHook.effective_batch` must be at least 1, or '
                             f'None, but got {effective_batch}')
        self.effective_batch = effective_batch
        self._plan: BatchPlan | None = None

    def before_run(self, runner: Runner) -> None:
        """Set the batch size and the learning rate before a checkpoint is resumed.

        Args:
            runner (Runner): MMEngine's runner.

        Raises:
            ValueError: If the config accumulates gradients by its own number.
        """
        wrapper = runner.optim_wrapper
        if (self.effective_batch is None or not isinstance(wrapper, OptimWrapper)  # a test
                or (runner.auto_scale_lr or {}).get('enable')
                or not isinstance(runner.train_loop, EpochBasedTrainLoop)):
            return
        if wrapper._accumulative_counts != 1:
            raise ValueError(
                'The key `optim_wrapper.accumulative_counts` is '
                f'{wrapper._accumulative_counts}, but EffectiveBatchHook sets it for batches of '
                f'{self.effective_batch}. Leave the key out and set that number (key '
                '`default_hooks.batch.effective_batch`), or set that to None')
        configured = runner.train_dataloader.batch_size
        plan = self._plan = plan_batch(self.effective_batch, runner.world_size, configured)
        if plan.batch_size != configured:
            runner._train_dataloader = dict(runner._train_dataloader, batch_size=plan.batch_size)
            runner._train_loop = runner.build_train_loop(runner.cfg.train_cfg)
        if plan.lr_factor != 1:
            _scale_lr(runner, plan.lr_factor)
        runner.logger.info(_describe(plan, runner.world_size, self.effective_batch))

    def before_train_epoch(self, runner: Runner) -> None:
        """Begin to count the accumulated batches of an epoch.

        Args:
            runner (Runner): MMEngine's runner.
        """
        if self._plan is not None:
            runner.optim_wrapper._accumulative_counts = self._plan.accumulation
            runner.optim_wrapper.initialize_count_status(
                runner.model, 0, len(runner.train_dataloader))


def _scale_lr(runner: Runner, factor: float) -> None:
    """Scale the learning rates of the optimizer, and those that its schedulers start from."""
    for group in runner.optim_wrapper.param_groups:
        for key in ('lr', 'initial_lr'):
            if key in group:
                group[key] *= factor
    for scheduler in runner.param_schedulers or ():
        # One that lowers the rate on a plateau starts from the rate that it finds.
        if scheduler.param_name == 'lr' and hasattr(scheduler, 'base_values'):
            scheduler.base_values = [value * factor for value in scheduler.base_values]


def _describe(plan: BatchPlan, processes: int, effective_batch: int) -> str:
    """Describe a plan in one line."""
    clips = processes * plan.batch_size * plan.accumulation
    line = (f'{clips} clips per step of the optimizer (processes: {processes}, clips per process: '
            f'{plan.batch_size}, accumulated batches: {plan.accumulation})')
    if plan.lr_factor != 1:
        line += (f'; the learning rate is meant for {effective_batch} and is multiplied by '
                 f'{plan.lr_factor:.4g}')
    return line
