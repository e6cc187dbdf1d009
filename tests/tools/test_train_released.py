"""The demo configs of methods with published weights train on the rendered benchmark and test."""
import json

import pytest

from ..running import ROOT

DEMOS = ['dfer_clip', 'former_dfer']


@pytest.mark.full
@pytest.mark.parametrize('name', DEMOS)
def test_loss_falls_and_the_checkpoint_tests(name, rendered, run_tool, tmp_path):
    config = ROOT / 'configs' / name / f'{name}_demo.py'
    loaders = [f'{loader}_dataloader.{option}' for loader in ('train', 'val', 'test')
               for option in (f'dataset.data_root={rendered}', 'num_workers=0',
                              'persistent_workers=False')]
    options = ['--work-dir', tmp_path, '--cfg-options', *loaders]
    code, _ = run_tool('train.py', config, *options, 'train_cfg.max_epochs=2',
                       'train_dataloader.batch_size=7')
    assert code == 0
    [log] = tmp_path.glob('*/vis_data/scalars.json')
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    losses = {epoch: [row['loss'] for row in rows if row.get('epoch') == epoch and 'loss' in row]
              for epoch in (1, 2)}
    assert sum(losses[2]) / len(losses[2]) < sum(losses[1]) / len(losses[1])
    dump = tmp_path / 'predictions.json'
    code, _ = run_tool('test.py', config, tmp_path / 'epoch_2.pth', '--dump', dump, *options)
    assert code == 0 and dump.exists()
