"""A single run: train, choose a checkpoint, test it and write the result."""
from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner

from ..atomic_files import write_atomically
from ..checkpoints import newest_checkpoint
from ..datasets.dfer_dataset import list_pipelines
from ..evaluation.dump_predictions import raise_dump_failures
from ..evaluation.functional import class_recalls, uar, war
from ..evaluation.predictions import confusion_of, read_predictions
from ..features.use_bank import views_of
from .protocol import selection_of


def run_experiment(config: Config, work_dir: Path, checkpoint: str = 'best') -> dict:
    """Train or resume training, test the chosen checkpoint and write ``result.json``.

    Args:
        config (Config): What to train and test, changed in place.
        work_dir (Path): Folder of the run.
        checkpoint (str): Checkpoint to test, ``'best'`` or ``'last'``. Defaults to ``'best'``.

    Returns:
        dict: Content of ``result.json``, see :func:`run_experiments`.

    Raises:
        FileNotFoundError: If the config does not save the checkpoint.
    """
    start = time.perf_counter()
    config.work_dir = str(work_dir)
    # MMEngine keeps objects by experiment name, which runs in one process must not share.
    config.experiment_name = f'{work_dir.name}_{os.getpid()}_{time.monotonic_ns()}'
    config.resume, config.load_from = True, newest_checkpoint(work_dir)
    list_pipelines(config)
    runner = Runner.from_cfg(config)
    runner.train()
    epochs = runner.epoch
    chosen = chosen_checkpoint(work_dir, checkpoint)
    predictions = work_dir / 'predictions.json'
    config.resume, config.load_from = False, chosen
    config.experiment_name += '_test'
    config.test_evaluator = [*config.test_evaluator,
                             dict(type='DumpPredictions', out_file=str(predictions))]
    tester = Runner.from_cfg(config)
    tester.test()
    raise_dump_failures(tester.test_evaluator.metrics)
    classes, clips = read_predictions(predictions)
    confusion = confusion_of(classes, clips)
    result = dict(
        UAR=uar(confusion), WAR=war(confusion),
        recalls=dict(zip(classes, class_recalls(confusion).tolist())),
        clips=len(clips), epoch=epoch_of(chosen), epochs=epochs,
        selection=selection_of(config), checkpoint=checkpoint, views=views_of(config),
        seconds=round(time.perf_counter() - start, 1))
    write_atomically(work_dir / 'result.json', [json.dumps(result, indent=1)])
    return result


def chosen_checkpoint(work_dir: Path, checkpoint: str) -> str:
    """Find the checkpoint of a run that is to be tested.

    Args:
        work_dir (Path): Folder of the run.
        checkpoint (str): ``'best'`` or ``'last'``.

    Returns:
        str: Path of the checkpoint.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
    """
    if checkpoint == 'last':
        path: str | None = newest_checkpoint(work_dir)
    else:
        path = max(map(str, work_dir.glob('best_*.pth')), key=epoch_of, default=None)
    if path is None:
        raise FileNotFoundError(f'{work_dir}: the {checkpoint} checkpoint was not found. The '
                                'config must save it (key `default_hooks.checkpoint`)')
    return path


def epoch_of(checkpoint: str) -> int:
    """Return the epoch at the end of a checkpoint's name.

    Examples:
        >>> epoch_of('work_dirs/ous_demo/best_val_loss_epoch_12.pth')
        12
    """
    return int(re.search(r'(\d+)\.pth$', checkpoint)[1])
