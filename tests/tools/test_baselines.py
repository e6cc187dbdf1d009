import pytest

from ..test_baseline_configs import DEMO


@pytest.mark.full
@pytest.mark.parametrize('path', DEMO, ids=lambda path: path.stem)
def test_trains_an_epoch_and_tests(path, rendered, run_tool, tmp_path):
    loaders = [f'{loader}_dataloader.{option}' for loader in ('train', 'val', 'test')
               for option in (f'dataset.data_root={rendered}', 'num_workers=0',
                              'persistent_workers=False')]
    options = ['--work-dir', tmp_path, '--cfg-options', *loaders, 'train_cfg.max_epochs=1',
               'train_dataloader.batch_size=7']
    assert run_tool('train.py', path, *options)[0] == 0
    dump = tmp_path / 'predictions.json'
    code, _ = run_tool('test.py', path, tmp_path / 'epoch_1.pth', '--dump', dump, *options)
    assert code == 0 and dump.exists()
