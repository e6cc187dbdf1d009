from __future__ import annotations

import runpy
import subprocess
import sys
import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

import torch


class Stages:
    """Runs tools one after the other, each in a process of its own, and keeps their seconds.

    Args:
        tools (Path): Folder of the tools.
        total (int): Number of stages.
        verbose (bool): Whether the tools print everything.

    Attributes:
        seconds (dict[str, float]): Duration by name of the stage.
    """

    def __init__(self, tools: Path, total: int, verbose: bool) -> None:
        self.seconds: dict[str, float] = {}
        self.tools = tools
        self.total = total
        self.options = ['--verbose'] if verbose else []

    def run(self, name: str, tool: str, *arguments: str) -> None:
        """Print the command of a tool and run it.

        Args:
            name (str): Name of the stage, for the title and the key of its seconds.
            tool (str): File name of the tool.
            *arguments (str): Its arguments.

        Raises:
            SystemExit: If the tool fails, which prints the reason itself.
        """
        print(f'\n[{len(self.seconds) + 1}/{self.total}] {name}: '
              f'python tools/{tool} {" ".join(arguments)}', flush=True)
        start = time.perf_counter()
        if _run_command([str(self.tools / tool), *arguments, *self.options]):
            sys.exit(f'error: the stage `{name}` failed')
        self.seconds[name] = round(time.perf_counter() - start, 1)


def _run_command(command: Sequence[str]) -> int:
    """Run a script in a process of its own and return its exit code."""
    # Importing MMEngine asks the driver for GPUs, and forks of a process that did cannot use them.
    if torch.cuda.is_available():
        return subprocess.run([sys.executable, *command]).returncode
    # A fork has imported the package already, which takes seconds in a fresh process.
    process = get_context('fork').Process(target=_run_script, args=(command,))
    process.start()
    process.join()
    return process.exitcode


def _run_script(command: Sequence[str]) -> None:
    """Run a script in this process, as if Python had been started with it."""
    sys.argv, sys.path[0] = list(command), str(Path(command[0]).resolve().parent)
    runpy.run_path(command[0], run_name='__main__')
