"""Run several experiments at a time, each in a process with its own GPU or share of cores."""
from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.queues import Queue
from pathlib import Path
from threading import Thread

import torch
from mmengine.config import Config

from ..command_line import message_of
from ..progress import progress_bar
from .experiment import Experiment
from .single_run import run_experiment


def run_in_pool(experiments: Sequence[Experiment], jobs: int) -> list[str]:
    """Run experiments in worker processes.

    Args:
        experiments (Sequence[Experiment]): The experiments, at least one.
        jobs (int): Number of worker processes.

    Returns:
        list[str]: Messages of the experiments that failed.

    Raises:
        ValueError: If a worker process was killed.
    """
    failures = []
    # The server imports the package once, and its forks have never touched a GPU.
    context = get_context('forkserver')
    context.set_forkserver_preload(['ous_mmaction', __name__])
    devices = context.Queue()
    jobs = min(jobs, len(experiments))
    for job in range(jobs):
        devices.put(job % max(1, torch.cuda.device_count()))
    pool = ProcessPoolExecutor(jobs, context, _start_worker, (devices, jobs))
    with pool, progress_bar(total=len(experiments), unit='run', desc='runs') as bar:
        try:
            futures = {pool.submit(_run_quietly, e.config.to_dict(), str(e.work_dir),
                                   e.checkpoint): e for e in experiments}
            for future in as_completed(futures):
                experiment, error = futures[future], future.exception()
                if error is None:
                    bar.set_postfix_str(f'{experiment.name}: UAR {100 * future.result():.2f}')
                elif isinstance(error, BrokenProcessPool):
                    raise ValueError('. '.join([
                        *failures, 'The process of a run was killed, perhaps for lack of memory, '
                        'and the other runs ended with it. Run the same command again to continue '
                        'all of them, perhaps with fewer --jobs']))
                else:
                    failures.append(f'{experiment.name}: {message_of(error)} '
                                    f'({experiment.work_dir}/log.txt)')
                bar.update()
        except KeyboardInterrupt:
            # The pool itself would wait for running experiments and start those in its queue.
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in active_children():
                worker.terminate()
            raise
    return failures


def _start_worker(devices: Queue, jobs: int) -> None:
    """Take a GPU or a share of the cores, and end this process if the parent is killed."""
    Thread(target=_end_with_parent, daemon=True).start()
    device = devices.get()
    if torch.cuda.is_available():
        # CUDA_VISIBLE_DEVICES would come too late, since importing MMEngine queries the driver.
        torch.cuda.set_device(device)
    else:
        torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // jobs))


def _end_with_parent() -> None:
    """End this process with its parent, so that the tool's next call does not race with it."""
    wait([parent_process().sentinel])
    os._exit(1)


def _run_quietly(config: dict, work_dir: str, checkpoint: str) -> float:
    """Run an experiment with its output in ``log.txt`` and return its UAR."""
    sys.stdout.flush()
    sys.stderr.flush()
    with open(Path(work_dir, '.lock'), 'w') as lock, \
            open(Path(work_dir, 'log.txt'), 'a', encoding='utf-8') as log:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            raise ValueError('Another process is running this experiment. Wait for it to finish, '
                             'then run the same command again') from None
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        return run_experiment(Config(config), Path(work_dir), checkpoint)['UAR']
