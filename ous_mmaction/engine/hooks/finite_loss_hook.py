from __future__ import annotations

import torch
from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object, all_reduce, get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ...checkpoints import newest_checkpoint


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Hook that ends training when a loss is not finite, on every rank in the same iteration.

    The checkpoint of the last complete epoch stays as it is. Weights that are not finite, after a
    last step whose gradient was not, are never saved. Under mixed precision, the loss scaler skips
    such a step and lowers its scale, so only several in a row end training.

    Args:
        max_skipped (int): Number of such steps in a row that a loss scaler may skip. Defaults to
            10.
    """

    # Run before anything averages the loss or saves the weights.
    priority = 'HIGH'

    def __init__(self, max_skipped: int = 10) -> None:
        self.max_skipped = max_skipped
        self._skipped = 0

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None,
                         outputs: dict | None = None) -> None:
        """Check the losses of the iteration on all ranks.

        Args:
            runner (Runner): MMEngine's runner.
            batch_idx (int): Index of the iteration in the epoch.
            data_batch (dict): Batch with ``data_samples``.
            outputs (dict): Logged losses with ``loss``.

        Raises:
            ValueError: If the loss is not finite. The message names epoch, iteration, losses and
                clips.
        """
        bad_ranks = (~torch.isfinite(outputs['loss'])).detach().float().reshape(())
        all_reduce(bad_ranks, op='sum')
        if not bad_ranks:
            self._skipped = 0
            return
        self._skipped += 1
        if hasattr(runner.optim_wrapper, 'loss_scaler') and self._skipped <= self.max_skipped:
            return
        bad_losses = [name for name, value in outputs.items() if not torch.isfinite(value).all()]
        clips = [sample.metainfo.get('clip_id', '?') for sample in data_batch['data_samples']]
        reports = all_gather_object((get_rank(), bad_losses, clips))
        where = '; '.join(f'{", ".join(losses)} on rank {rank}, clips {", ".join(clips)}'
                          for rank, losses, clips in reports if losses)
        raise ValueError(
            f'Epoch {runner.epoch + 1}, iteration {batch_idx + 1}: the loss is not finite '
            f'({where}). Lower the learning rate, or inspect these clips. '
            f'{_last_checkpoint_note(runner)}')

    def after_train_epoch(self, runner: Runner) -> None:
        """Check the weights before they are saved.

        Args:
            runner (Runner): MMEngine's runner.

        Raises:
            ValueError: If a weight is not finite.
        """
        bad_weights = [name for name, value in runner.model.named_parameters()
                       if not torch.isfinite(value).all()]
        if bad_weights:
            raise ValueError(f'Epoch {runner.epoch + 1}: the weights are not finite (tensors: '
                             f'{len(bad_weights)}, first: {bad_weights[0]}). Lower the learning '
                             f'rate. {_last_checkpoint_note(runner)}')


def _last_checkpoint_note(runner: Runner) -> str:
    checkpoint = newest_checkpoint(runner.work_dir)
    return (f'The last good checkpoint is {checkpoint}' if checkpoint else
            'No checkpoint has been saved yet')
