from __future__ import annotations

import torch
from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object, all_reduce, get_rank
from mmengine.hooks import Hook

from ...checkpoints import newest_checkpoint


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Ends training at a loss that is not a number, on every rank in the same iteration.

    The checkpoint of the last whole epoch stays as it is; one of weights that are no numbers, after
    a last step whose gradient was none, is never written. Under mixed precision the loss scaler
    skips such a step and lowers its scale; only a row of them ends training.

    Args:
        max_skipped (int): Such steps in a row that a loss scaler may skip. Defaults to 10.
    """

    # Before anything averages the loss or saves the weights.
    priority = 'HIGH'

    def __init__(self, max_skipped: int = 10) -> None:
        self.max_skipped = max_skipped
        self._skipped = 0

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Raises:
        ValueError: The loss is not finite; the message names epoch, iteration, losses and
            clips.
        """
        bad = (~torch.isfinite(outputs['loss'])).detach().float().reshape(())
        all_reduce(bad, op='sum')
        if not bad:
            self._skipped = 0
            return
        self._skipped += 1
        if hasattr(runner.optim_wrapper, 'loss_scaler') and self._skipped <= self.max_skipped:
            return
        wrong = [name for name, value in outputs.items() if not torch.isfinite(value).all()]
        clips = [sample.metainfo.get('clip_id', '?') for sample in data_batch['data_samples']]
        reports = all_gather_object((get_rank(), wrong, clips))
        where = '; '.join(f'{", ".join(wrong)} on rank {rank}, clips {", ".join(clips)}'
                          for rank, wrong, clips in reports if wrong)
        raise ValueError(
            f'epoch {runner.epoch + 1}, iteration {batch_idx + 1}: the loss is not finite: '
            f'{where}. Lower the learning rate, or look at these clips. {_kept(runner)}')

    def after_train_epoch(self, runner) -> None:
        """Raises:
        ValueError: A weight is not finite.
        """
        wrong = [name for name, value in runner.model.named_parameters()
                 if not torch.isfinite(value).all()]
        if wrong:
            raise ValueError(f'epoch {runner.epoch + 1}: {len(wrong)} weights are not finite, '
                             f'first {wrong[0]}. Lower the learning rate. {_kept(runner)}')


def _kept(runner) -> str:
    kept = newest_checkpoint(runner.work_dir)
    return f'The last good checkpoint is {kept}' if kept else 'No checkpoint was saved yet'
