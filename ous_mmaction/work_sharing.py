"""Work that several processes share, each of them on a GPU or on the CPU.

The launcher starts the processes (``tools/dist_run.sh TOOL PROCESSES ...``). Each process computes
its share of the remaining work and writes it to its own files. The first process joins the files at
the end. The files themselves show which work remains. The same command, with any number of
processes, therefore continues where an interrupted one stopped.
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
    """Meet the other processes of a launcher, if there is one, and choose the device of this one.

    Args:
        launcher (str): ``'none'`` or ``'pytorch'``.
        device (str, optional): A device such as ``'cuda:0'`` or ``'cpu'``. Defaults to a GPU if the
            machine has one. The processes on a machine take its GPUs in turn, so several processes
            can share one.

    Returns:
        str: The device.

    Raises:
        ValueError: If torch does not know the device or does not see that GPU.
    """
    if launcher == 'pytorch':
        # The processes only wait for each other, though that may take long.
        torch.distributed.init_process_group('gloo', timeout=datetime.timedelta(days=7))
    if device is None:
        gpus = torch.cuda.device_count()
        device = f'cuda:{int(os.environ.get("LOCAL_RANK", 0)) % gpus}' if gpus else 'cpu'
    try:
        parsed = torch.device(device)
    except RuntimeError:
        raise ValueError(f"torch does not know the device {device!r}. Name a device such as "
                         "'cuda:0' or 'cpu'") from None
    if parsed.type == 'cuda' and (parsed.index or 0) >= torch.cuda.device_count():
        raise ValueError(f'There is no device {device}: torch sees '
                         f'{torch.cuda.device_count()} GPUs')
    return device


def share_of(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items that this process works on.

    Args:
        items (Sequence[Item]): The remaining items, the same in every process.

    Returns:
        Sequence[Item]: Every n-th item for n processes, starting at the rank of this one.
    """
    barrier()  # no process starts to write before all of them know what remains
    return items[get_rank()::get_world_size()]
