"""Run experiments that are not done yet, several at a time, and read all results."""
from __future__ import annotations

import json
from collections.abc import Sequence

from .experiment import Experiment
from .protocol import selection_of
from .worker_pool import run_in_pool


def run_experiments(experiments: Sequence[Experiment], jobs: int = 1) -> list[dict]:
    """Run the experiments that are not done yet in worker processes, and read all results.

    An interrupted run continues from its newest checkpoint. A run that fails does not stop the
    others, unless its process is killed. With GPUs, each process uses one of them. Without GPUs,
    the processes share the cores.

    Args:
        experiments (Sequence[Experiment]): Experiments in the order of the results.
        jobs (int): Number of experiments at a time. Defaults to 1.

    Returns:
        list[dict]: Content of each ``result.json``: ``UAR``, ``WAR``, ``recalls`` by class
        (fractions of 1), ``epoch`` of the tested checkpoint, number of trained ``epochs``,
        ``selection``, ``checkpoint``, number of ``clips``, ``views`` of the feature bank (None for
        pixels), ``seconds``.

    Raises:
        ValueError: If clips that choose a checkpoint may also be trained on, two experiments share
            a folder, a folder holds another experiment, or a run failed. In the last case, the
            other runs are done.
    """
    folders = [experiment.work_dir for experiment in experiments]
    for number, experiment in enumerate(experiments):
        selection_of(experiment.config)  # checks that training and validation agree
        if experiment.work_dir in folders[:number]:
            raise ValueError(f'{experiment.work_dir}: the folder would hold two runs, the second '
                             f'of which is {experiment.name}. Give every fold, seed and row only '
                             'once')
    for experiment in experiments:
        experiment.claim_folder()
    remaining = [e for e in experiments if not e.result_file.exists()]
    if remaining:
        failures = run_in_pool(remaining, jobs)
        if failures:
            raise ValueError(f'{len(failures)} of {len(experiments)} runs failed, and the others '
                             'are kept: ' + '; '.join(failures))
    return [json.loads(e.result_file.read_text()) for e in experiments]
