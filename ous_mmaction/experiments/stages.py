from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path


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
        done = subprocess.run([sys.executable, str(self.tools / tool), *arguments, *self.options])
        if done.returncode:
            sys.exit(f'error: the stage `{name}` failed')
        self.seconds[name] = round(time.perf_counter() - start, 1)
