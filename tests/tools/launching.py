"""The launch scripts, as a user calls them."""
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def launch(script, *arguments, **kwargs):
    """Start a launch script; its output is one stream."""
    environment = dict(os.environ, PYTHON=sys.executable)
    return subprocess.Popen(['bash', f'tools/{script}', *map(str, arguments)], cwd=ROOT,
                            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, **kwargs)


def run(script, *arguments):
    """Run a launch script to its end; its output."""
    process = launch(script, *arguments)
    output = process.communicate(timeout=300)[0]
    assert process.returncode == 0, output
    return output
