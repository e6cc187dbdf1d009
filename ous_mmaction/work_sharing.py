"""Work that several processes share, each on a GPU or on the CPU.

The launcher starts the processes (``tools/dist_run.sh TOOL PROCESSES ...``). Each computes its share
of what is left to do and writes it to files of its own; the first process joins the files at the end.
What is left to do is told from the files, so that the same command, with any number of processes,
goes on where an interrupted one stopped.
"""
from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from typing import TypeVar

import torch
from mmengine.dist import barrier, get_rank, get_world_size

Item = TypeVar('Item')


def join_launcher(launcher: str, device: str | None = None) -> str:
    """Meet the other processes of a launcher, if there is one, and choose this one's device.

    Args:
        launcher: ``none`` or ``pytorch``.
        device: Such as ``cuda:0`` or ``cpu``; None for a GPU where there is one. Processes on a
            machine take its GPUs in turn, so that several can share one.

    Returns:
        The device.

    Raises:
        ValueError: If torch does not know the device or does not see that GPU.
    """
    if launcher == 'pytorch':
        # Processes only wait for each other, some perhaps for long.
        torch.distributed.init_process_group('gloo', timeout=datetime.timedelta(days=7))
    if device is None:
        gpus = torch.cuda.device_count()
        device = f'cuda:{int(os.environ.get("LOCAL_RANK", 0)) % gpus}' if gpus else 'cpu'
    try:
        parsed = torch.device(device)
    except RuntimeError:
        raise ValueError(f"torch knows no device {device!r}. Name one such as 'cuda:0' or 'cpu'"
                         ) from None
    if parsed.type == 'cuda' and (parsed.index or 0) >= torch.cuda.device_count():
        raise ValueError(f'There is no device {device}: torch sees {torch.cuda.device_count()} GPUs')
    return device


def share_of(items: Sequence[Item]) -> Sequence[Item]:
    """The items that this process works on, out of those that all processes found to do."""
    barrier()  # nobody starts to write before all have seen what is left
    return items[get_rank()::get_world_size()]
