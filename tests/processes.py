"""Tools in processes of their own, which can be killed.

Importing the package takes seconds. A fork server does it once for all the processes that a test
worker starts; each of them is a fork that has imported the package and done nothing else.
"""
import os
import runpy
import sys
from multiprocessing import get_context

import torch
from torch import multiprocessing

from .running import ROOT

CONTEXT = get_context('forkserver')
CONTEXT.set_forkserver_preload(['ous_mmaction', __name__])


def start_tool(tool, *arguments, output=os.devnull, before=None):
    """Start ``tools/<tool>`` with one thread in the root of the repository.

    Args:
        tool (str): File name of the tool.
        *arguments (object): Its arguments.
        output (str | Path): File that gets what it prints.
        before (Callable, optional): Called in the process before the tool; must be picklable.

    Returns:
        multiprocessing.process.BaseProcess: The running process.
    """
    process = CONTEXT.Process(target=_run, args=(tool, list(map(str, arguments)), str(output),
                                                 before))
    process.start()
    return process


def run_tool_process(*args, **kwargs):
    """Like :func:`start_tool`, but wait for the end and return the exit code."""
    process = start_tool(*args, **kwargs)
    process.join()
    return process.exitcode


def run_ranks(function, *arguments):
    """Call ``function(rank, *arguments)`` in two processes and wait for them.

    Raises:
        ProcessRaisedException: If one of them fails.
    """
    multiprocessing.start_processes(function, arguments, nprocs=2, start_method='forkserver')


def _run(tool, arguments, output, before):
    file = os.open(output, os.O_WRONLY | os.O_CREAT, 0o644)
    for descriptor in (1, 2):
        os.dup2(file, descriptor)
    os.chdir(ROOT)
    torch.set_num_threads(1)
    if before is not None:
        before()
    script = str(ROOT / 'tools' / tool)
    sys.argv = [script, *arguments]
    # `python tools/<tool>` puts this folder first.
    sys.path.insert(0, os.path.dirname(script))
    runpy.run_path(script, run_name='__main__')
