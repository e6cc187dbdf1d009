"""Running experiments: train, choose a checkpoint, test it, several at a time."""
from __future__ import annotations

import fcntl
import json
import os
import re
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread

import torch
from mmengine.config import Config
from mmengine.runner import Runner
from tqdm import tqdm

from ..atomic_files import write_atomically
from ..checkpoints import newest_checkpoint
from ..command_line import message_of
from ..evaluation.functional import class_recalls, uar, war
from ..evaluation.predictions import confusion_of, read_predictions
from .protocol import selection_of


@dataclass
class Experiment:
    """One run.

    Args:
        name: How tables and messages call it.
        config: What to train and test.
        work_dir: Folder of its own. ``experiment.json`` there says what it is of,
            ``predictions.json`` and ``result.json`` appear when it is done.
        checkpoint: ``best`` is the one that the config's ``save_best`` chose, ``last`` that of the
            last epoch.
    """

    name: str
    config: Config
    work_dir: Path
    checkpoint: str = 'best'


def run_experiments(experiments: Sequence[Experiment], jobs: int = 1) -> list[dict]:
    """Run what is not yet done, in ``jobs`` processes beside this one, and read all results.

    A run that was interrupted goes on from its newest checkpoint. One that fails does not stop the
    others, unless its process is killed. With GPUs, each process has one; without, the cores are
    shared out.

    Args:
        experiments: In the order of the results.
        jobs: How many at a time.

    Returns:
        The content of every ``result.json``: ``UAR``, ``WAR``, ``recalls`` by class (fractions of
        1), ``epoch`` of the tested checkpoint, ``epochs`` trained, ``selection``, ``checkpoint``,
        ``clips``, ``seconds``.

    Raises:
        ValueError: Clips that choose a model are also trained on, two experiments share a folder,
            a folder holds another experiment, or a run failed; then the others are done.
    """
    folders = [experiment.work_dir for experiment in experiments]
    for number, experiment in enumerate(experiments):
        selection_of(experiment.config)
        if experiment.work_dir in folders[:number]:
            raise ValueError(f'{experiment.work_dir} would hold two runs, the second is '
                             f'{experiment.name}: name every fold, seed and row once')
    for experiment in experiments:
        _claim(experiment)
    todo = [e for e in experiments if not (e.work_dir / 'result.json').exists()]
    if todo:
        failures = _run_in_pool(todo, jobs)
        if failures:
            raise ValueError(f'{len(failures)} of {len(experiments)} runs failed, the others are '
                             'kept: ' + '; '.join(failures))
    return [json.loads((e.work_dir / 'result.json').read_text()) for e in experiments]


def _claim(experiment: Experiment) -> None:
    """Note what a folder is of; an error if it is of something else."""
    path = experiment.work_dir / 'experiment.json'
    content = json.loads(json.dumps(dict(config=experiment.config.to_dict(),
                                         checkpoint=experiment.checkpoint)))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, [json.dumps(content, indent=1)])
        return
    found = json.loads(path.read_text())
    if found != content:
        key = _difference(found, content)
        raise ValueError(f'{path.parent} holds a run with another `{key}`: choose another '
                         '--work-dir, or delete the folder')


def _difference(found, content, prefix: str = '') -> str:
    """Dotted name of the first key that differs."""
    if isinstance(found, dict) and isinstance(content, dict):
        for key in dict.fromkeys([*found, *content]):
            if key not in found or key not in content or found[key] != content[key]:
                return _difference(found.get(key), content.get(key), f'{prefix}.{key}')
    return prefix.lstrip('.')


def _run_in_pool(experiments: Sequence[Experiment], jobs: int) -> list[str]:
    """Run experiments in worker processes; messages of those that failed."""
    failures = []
    context = get_context('spawn')
    devices = context.Queue()
    jobs = min(jobs, len(experiments))
    for job in range(jobs):
        devices.put(job % max(1, torch.cuda.device_count()))
    pool = ProcessPoolExecutor(jobs, context, _start_worker, (devices, jobs))
    with pool, tqdm(total=len(experiments), unit='run', desc='runs') as bar:
        try:
            futures = {pool.submit(_run_quietly, e.config.to_dict(), str(e.work_dir),
                                   e.checkpoint): e for e in experiments}
            for future in as_completed(futures):
                experiment, error = futures[future], future.exception()
                if error is None:
                    bar.set_postfix_str(f'{experiment.name}: UAR {100 * future.result():.2f}')
                elif isinstance(error, BrokenProcessPool):
                    raise ValueError('; '.join([
                        *failures, 'the process of a run was killed, maybe for lack of memory, and '
                        'the other runs ended with it: run the same command again, it goes on '
                        'where they were; maybe with fewer --jobs']))
                else:
                    failures.append(f'{experiment.name}: {message_of(error)} '
                                    f'({experiment.work_dir}/log.txt)')
                bar.update()
        except KeyboardInterrupt:
            # The pool itself would wait for what runs, and start what waits in its queue.
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in active_children():
                worker.terminate()
            raise
    return failures


def _start_worker(devices, jobs: int) -> None:
    """Take a GPU, or a share of the cores; end when the parent is killed."""
    Thread(target=_end_with_parent, daemon=True).start()
    device = devices.get()
    if torch.cuda.is_available():
        # CUDA_VISIBLE_DEVICES would come too late: importing MMEngine has asked the driver.
        torch.cuda.set_device(device)
    else:
        torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // jobs))


def _end_with_parent() -> None:
    """Else a run would write on where the next call of the tool writes too."""
    wait([parent_process().sentinel])
    os._exit(1)


def _run_quietly(config: dict, work_dir: str, checkpoint: str) -> float:
    """Run an experiment with its output in ``log.txt``; its UAR."""
    sys.stdout.flush()
    sys.stderr.flush()
    with open(Path(work_dir, '.lock'), 'w') as lock, \
            open(Path(work_dir, 'log.txt'), 'a', encoding='utf-8') as log:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            raise ValueError('another process runs it at this moment; wait for that one, then run '
                             'the same command again') from None
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        return run_experiment(Config(config), Path(work_dir), checkpoint)['UAR']


def run_experiment(config: Config, work_dir: Path, checkpoint: str = 'best') -> dict:
    """Train, or go on training, test the chosen checkpoint and write ``result.json``."""
    start = time.perf_counter()
    config.work_dir = str(work_dir)
    # Runs of one process must not share what MMEngine keeps by a run's name.
    config.experiment_name = f'{work_dir.name}_{os.getpid()}_{time.monotonic_ns()}'
    config.resume, config.load_from = True, newest_checkpoint(work_dir)
    runner = Runner.from_cfg(config)
    runner.train()
    epochs = runner.epoch
    chosen = chosen_checkpoint(work_dir, checkpoint)
    predictions = work_dir / 'predictions.json'
    config.resume, config.load_from = False, chosen
    config.experiment_name += '_test'
    config.test_evaluator = [*config.test_evaluator,
                             dict(type='DumpPredictions', out_file=str(predictions))]
    Runner.from_cfg(config).test()
    classes, clips = read_predictions(predictions)
    confusion = confusion_of(classes, clips)
    result = dict(
        UAR=uar(confusion), WAR=war(confusion),
        recalls=dict(zip(classes, class_recalls(confusion).tolist())),
        clips=len(clips), epoch=_epoch_of(chosen), epochs=epochs,
        selection=selection_of(config), checkpoint=checkpoint,
        seconds=round(time.perf_counter() - start, 1))
    write_atomically(work_dir / 'result.json', [json.dumps(result, indent=1)])
    return result


def chosen_checkpoint(work_dir: Path, checkpoint: str) -> str:
    """Path of the ``best`` or ``last`` checkpoint of a run.

    Raises:
        FileNotFoundError: There is none.
    """
    if checkpoint == 'last':
        found: str | None = newest_checkpoint(work_dir)
    else:
        found = max(map(str, work_dir.glob('best_*.pth')), key=_epoch_of, default=None)
    if found is None:
        raise FileNotFoundError(f'{work_dir}: no {checkpoint} checkpoint; the config must '
                                'save it (default_hooks.checkpoint)')
    return found


def _epoch_of(checkpoint: str) -> int:
    """The epoch that a checkpoint's name ends with."""
    return int(re.search(r'(\d+)\.pth$', checkpoint)[1])
