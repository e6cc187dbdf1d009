from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from mmaction.registry import HOOKS
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner
from tqdm import tqdm

from ...datasets.clips_of_dataset import innermost
from ...datasets.dfer_dataset import DFERDataset, describe_input
from ...progress import progress_bar

RECALL = 'acc/recall_'


@HOOKS.register_module()
class ProgressBarHook(Hook):
    """Hook that shows a bar with the time left, a line per validated epoch, and test results.

    The bar of a training counts the batches of training and validation together.
    """

    # Run after the checkpoint (VERY_LOW), whose best file the hook names.
    priority = 'LOWEST'

    def __init__(self) -> None:
        self._bar = None

    def before_train(self, runner: Runner) -> None:
        """Open the bar, at the position where a resumed run continues.

        Args:
            runner (Runner): MMEngine's runner.
        """
        loop = runner.train_loop
        total, done = loop.max_iters, loop.iter
        self._counts_validation = (isinstance(loop, EpochBasedTrainLoop)
                                   and runner.val_loop is not None)
        if self._counts_validation:
            batches = len(runner.val_dataloader)
            total += batches * _count_validations(loop, loop.max_epochs)
            done += batches * _count_validations(loop, loop.epoch)
        if loop.epoch:
            _write(f'resuming after epoch {loop.epoch}')
        if done >= total:
            _write(f'nothing is left to train: the run has finished its {loop.max_epochs} epochs. '
                   'To train longer, raise train_cfg.max_epochs')
        self._bar = _open_bar('train', total, done)

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None,
                         outputs: dict | None = None) -> None:
        """Advance the bar and show the epoch and the loss of the batch.

        Args:
            runner (Runner): MMEngine's runner.
            batch_idx (int): Not used; part of MMEngine's interface.
            data_batch (Any): Not used; part of MMEngine's interface.
            outputs (dict): Logged values with ``loss``.
        """
        self._bar.set_postfix_str(f'epoch {runner.epoch + 1}, loss {outputs["loss"].item():.4f}',
                                  refresh=False)
        self._bar.update()

    def after_val_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None,
                       outputs: Sequence | None = None) -> None:
        """Advance the bar of a training.

        Args:
            runner (Runner): Not used; part of MMEngine's interface.
            batch_idx (int): Not used; part of MMEngine's interface.
            data_batch (Any): Not used; part of MMEngine's interface.
            outputs (Sequence, optional): Not used; part of MMEngine's interface.
        """
        if self._bar is not None and self._counts_validation:
            self._bar.update()

    def after_val_epoch(self, runner: Runner, metrics: dict) -> None:
        """Write the line of the epoch.

        Args:
            runner (Runner): MMEngine's runner.
            metrics (dict): Results by name.
        """
        if self._bar is None:  # a validation before training, or without training
            _write(f'validation: {_report(metrics)}')
            return
        loss = runner.message_hub.get_scalar('train/loss').mean(len(runner.train_dataloader))
        _write(f'epoch {runner.epoch}/{runner.max_epochs}: training loss {loss:.4f}; '
               f'validation: {_report(metrics)}')

    def after_train(self, runner: Runner) -> None:
        """Close the bar and write the paths of the files and what to do with them.

        Args:
            runner (Runner): MMEngine's runner.
        """
        self._close()
        best = runner.message_hub.runtime_info.get('best_ckpt')
        if best:
            _write(f'best checkpoint: {best}{_results_of(best, runner)}')
        for source in _inputs_of(runner.train_dataloader.dataset):
            _write(source)
        _write(f'log and checkpoints: {runner.work_dir}')
        if runner.cfg.filename:
            # The copy of the config in the work dir has the options of the command line.
            config = Path(runner.work_dir, Path(runner.cfg.filename).name)
            if best:
                _write(f'test it: python tools/test.py {quote(str(config))} {quote(best)}')
            _write(f'go on:   python tools/train.py {quote(str(config))} --resume --cfg-options '
                   f'train_cfg.max_epochs={2 * runner.max_epochs}')

    def before_test(self, runner: Runner) -> None:
        """Open the bar.

        Args:
            runner (Runner): MMEngine's runner.
        """
        self._bar = _open_bar('test', len(runner.test_dataloader))

    def after_test_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None,
                        outputs: Sequence | None = None) -> None:
        """Advance the bar.

        Args:
            runner (Runner): Not used; part of MMEngine's interface.
            batch_idx (int): Not used; part of MMEngine's interface.
            data_batch (Any): Not used; part of MMEngine's interface.
            outputs (Sequence, optional): Not used; part of MMEngine's interface.
        """
        self._bar.update()

    def after_test_epoch(self, runner: Runner, metrics: dict) -> None:
        """Close the bar and write the results.

        Args:
            runner (Runner): MMEngine's runner.
            metrics (dict): Results by name.
        """
        self._close()
        recalls = {key[len(RECALL):]: value for key, value in metrics.items()
                   if key.startswith(RECALL)}
        sources = _inputs_of(runner.test_dataloader.dataset)
        _write('; '.join([f'test: {_report(metrics)}', *sources]))
        if recalls:
            _write('recall: ' + ', '.join(f'{name} {value:.4f}' for name, value in recalls.items()))

    def _close(self) -> None:
        self._bar.close()
        self._bar = None


def _inputs_of(dataset: Any) -> list[str]:
    """Describe what the samples of a dataset come from; empty for other packages' datasets."""
    return list(dict.fromkeys(f'input: {describe_input(part.views)}' for part in innermost(dataset)
                              if isinstance(part, DFERDataset)))


def _results_of(checkpoint: str, runner: Runner) -> str:
    """Return epoch, UAR and WAR of a checkpoint, as far as the run has recorded them."""
    epoch = int(re.search(r'epoch_(\d+)', checkpoint)[1]) if 'epoch_' in checkpoint else 0
    validation = _count_validations(runner.train_loop, epoch) - 1
    results = []
    for name in ('UAR', 'WAR'):
        scalars = runner.message_hub.log_scalars.get(f'val/acc/{name}')
        values = scalars.data[0] if scalars else []
        if 0 <= validation < len(values):
            results.append(f'{name} {values[validation]:.4f}')
    return f' (epoch {epoch}: {", ".join(results)})' if results else ''


def _count_validations(loop: EpochBasedTrainLoop, epochs: int) -> int:
    """Count the validations of the first ``epochs`` epochs."""
    return sum(epoch >= loop.val_begin
               and (epoch % loop.val_interval == 0 or epoch == loop.max_epochs)
               for epoch in range(1, epochs + 1))


def _open_bar(name: str, total: int, done: int = 0) -> tqdm:
    return progress_bar(total=total, initial=done, desc=name, unit='batch',
                        disable=not is_main_process())


def _report(metrics: dict) -> str:
    """Format all metrics except the recalls of single classes."""
    return ', '.join(f'{key.removeprefix("acc/").removeprefix("val/")} {value:.4f}'
                     for key, value in metrics.items() if not key.startswith(RECALL))


def _write(line: str) -> None:
    """Write a line to standard output, above the bar."""
    if is_main_process():
        tqdm.write(line)
        sys.stdout.flush()
