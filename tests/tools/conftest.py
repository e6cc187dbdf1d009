import contextlib
import io
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run_tool(monkeypatch):
    """Run a tool in this process: its exit code (0, 1 or the message) and its standard output."""

    def run(tool, *arguments):
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, arguments)])
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            try:
                runpy.run_path(str(ROOT / 'tools' / tool), run_name='__main__')
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
