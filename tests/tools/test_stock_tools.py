"""MMAction2's own train.py and test.py, from its wheel, run our configs unchanged.

Each runs in a process of its own, where only the config imports this package.
"""
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from ..running import ROOT

CONFIG = 'configs/ous_demo.py'
STOCK = Path(find_spec('mmaction').origin).parent / '.mim' / 'tools'


def run(tool, *arguments):
    paths = [str(ROOT), *filter(None, [os.environ.get('PYTHONPATH')])]
    done = subprocess.run(
        [sys.executable, str(STOCK / tool), *map(str, arguments)], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(paths), OMP_NUM_THREADS='1'))
    assert done.returncode == 0, done.stdout


def test_stock_tools_train_and_test(demo_options, tmp_path):
    options = [*demo_options, 'train_cfg.max_epochs=1']
    run('train.py', CONFIG, '--work-dir', tmp_path, *options)
    run('test.py', CONFIG, tmp_path / 'epoch_1.pth', '--work-dir', tmp_path / 'test', *options)
    validated = [json.loads(line) for line in next(
        tmp_path.glob('*/vis_data/scalars.json')).read_text().splitlines()][-1]
    tested = json.loads(next((tmp_path / 'test').glob('*/*.json')).read_text())
    assert tested['acc/UAR'] == validated['acc/UAR']
    assert tested['val/loss'] == validated['val/loss']
