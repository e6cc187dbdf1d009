import contextlib
import io
import runpy
import sys
from pathlib import Path

import pytest
from mmaction.visualization import ActionVisualizer
from mmengine.logging import MessageHub, MMLogger

ROOT = Path(__file__).parents[2]


def run_script(script, arguments, monkeypatch):
    """Run a script in this process as a process of its own would run."""
    # MMEngine names a run by the second and finds what it knows by that name, so that two runs of
    # one second would share their visualizer and its folder.
    for registry in (ActionVisualizer, MMLogger, MessageHub):
        registry._instance_dict.clear()
    monkeypatch.setattr(sys, 'argv', [str(script), *map(str, arguments)])
    runpy.run_path(str(script), run_name='__main__')


@pytest.fixture
def run_tool(monkeypatch):
    """Run a tool in this process: its exit code (0, 1 or the message) and its standard output."""

    def run(tool, *arguments):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            try:
                run_script(ROOT / 'tools' / tool, arguments, monkeypatch)
                code = 0
            except SystemExit as stop:
                code = stop.code or 0
        return code, output.getvalue()

    return run


@pytest.fixture
def demo_options(rendered):
    """The demo's config on the small benchmark, at a size that trains in seconds."""
    return ['--cfg-options', *(f'{loader}_dataloader.dataset.data_root={rendered}'
                               for loader in ('train', 'val', 'test')),
            *(f'{loader}_dataloader.num_workers=0' for loader in ('train', 'val', 'test')),
            *(f'{loader}_dataloader.persistent_workers=False'
              for loader in ('train', 'val', 'test')),
            'model.cls_head.mcfe.num_blocks=2', 'train_cfg.max_epochs=2']
