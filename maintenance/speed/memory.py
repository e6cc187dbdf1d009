"""Peak memory and time per batch size, each in a process of its own."""
from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

import torch
from mmaction.registry import MODELS

from .comparison import Comparison, measure_seconds
from .workbench import Workbench

BATCH_SIZES = (4, 16)
TASKS = {
    'training': ('ViT-L/14', 'a step from the bank: ViT-L/14, M = 64, 12 blocks, Adam'),
    'extraction': ('ViT-B/32', 'a batch of extraction: ViT-B/32 in fp32, 2 x 16 frames per view')}


def measure_memory(bench: Workbench) -> list[Comparison]:
    """Measure the peak memory and the time of a training step and of extraction."""
    bench.bank('ViT-L/14')
    rows = []
    for task, (_, what) in TASKS.items():
        for batch_size in BATCH_SIZES:
            # The first call of a fresh process, so that no other model is in its memory.
            done = subprocess.run(
                [sys.executable, '-m', __name__, task, str(batch_size), str(bench.configs),
                 str(bench.folder), str(bench.repeats)], capture_output=True, text=True,
                env=dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2])))
            if done.returncode:
                raise RuntimeError(done.stderr)
            measured = json.loads(done.stdout.splitlines()[-1])
            before, peak = measured['before'], measured['peak']
            rows.append(Comparison(
                f'peak memory on the CPU and median time of {what}, batch {batch_size}; before it, '
                'with torch and all models loaded', f'{peak:.2f} GB, {measured["seconds"]:.2f} s',
                f'{before:.2f} GB', f'{peak / before:.2f}'))
    return rows


def print_peak(task: str, batch_size: int, bench: Workbench) -> None:
    """Print the resident memory in GB, before the calls and at their peak, and the time as JSON.

    Args:
        task (str): A key of ``TASKS``.
        batch_size (int): Clips of a training step, or views of a batch of extraction.
        bench (Workbench): Bench whose folder holds the bank.
    """
    model = TASKS[task][0]
    if task == 'training':
        call = bench.training(model, batch_size).step
    else:
        backbone = MODELS.build(bench.config(model).model.backbone).eval()
        streams = dict(face=torch.randn(batch_size, 16, 3, 224, 224),
                       scene=torch.randn(batch_size, 16, 3, 224, 224),
                       mask=torch.ones(batch_size, 16, dtype=torch.bool))

        def call() -> None:
            backbone.encode_streams(**streams)
    with open('/proc/self/statm') as file:
        before = int(file.read().split()[1]) * resource.getpagesize()
    seconds = [measure_seconds(call) for _ in range(1 + bench.repeats)][1:]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(dict(before=before / 1e9, peak=peak / 1e9,
                          seconds=statistics.median(seconds))))


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('task', choices=TASKS)
    parser.add_argument('batch_size', type=int)
    parser.add_argument('configs', type=Path)
    parser.add_argument('folder', type=Path)
    parser.add_argument('repeats', type=int)
    args = parser.parse_args()
    print_peak(args.task, args.batch_size, Workbench(args.configs, args.folder, args.repeats))
