"""Tools, run in the test's own process as a process of their own would run them."""
import runpy
import sys
from pathlib import Path

from mmaction.visualization import ActionVisualizer
from mmengine.logging import MessageHub, MMLogger

ROOT = Path(__file__).parents[1]


def run_script(script, arguments, monkeypatch):
    """Run a script in this process as a process of its own would run."""
    # MMEngine names a run by the second and finds what it knows by that name, so that two runs of
    # one second would share their visualizer and its folder.
    for registry in (ActionVisualizer, MMLogger, MessageHub):
        registry._instance_dict.clear()
    monkeypatch.setattr(sys, 'argv', [str(script), *map(str, arguments)])
    runpy.run_path(str(script), run_name='__main__')
