"""MMAction2's own train.py and test.py, from its wheel, run our configs unchanged."""
import json
from importlib.util import find_spec
from pathlib import Path

from ..running import run_script

CONFIG = 'configs/ous_demo.py'
STOCK = Path(find_spec('mmaction').origin).parent / '.mim' / 'tools'


def test_stock_tools_train_and_test(demo_options, tmp_path, monkeypatch):
    options = [*demo_options, 'train_cfg.max_epochs=1']
    run_script(STOCK / 'train.py', [CONFIG, '--work-dir', tmp_path, *options], monkeypatch)
    run_script(STOCK / 'test.py', [CONFIG, tmp_path / 'epoch_1.pth', '--work-dir',
                                   tmp_path / 'test', *options], monkeypatch)
    validated = [json.loads(line) for line in next(
        tmp_path.glob('*/vis_data/scalars.json')).read_text().splitlines()][-1]
    tested = json.loads(next((tmp_path / 'test').glob('*/*.json')).read_text())
    assert tested['acc/UAR'] == validated['acc/UAR']
    assert tested['val/loss'] == validated['val/loss']
