import shutil
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from ous_mmaction.features.extraction import extract_features
from ous_mmaction.features.use_bank import use_bank

ROOT = Path(__file__).parents[2]
EPOCHS = 16


@pytest.fixture(scope='session')
def clone_after_demo(rendered, tmp_path_factory):
    """A clone in which `make demo` has left a small benchmark and a model trained on it."""
    clone = tmp_path_factory.mktemp('clone')
    for name in ('configs', 'ous_mmaction'):
        (clone / name).symlink_to(ROOT / name)
    (clone / 'data').mkdir()
    (clone / 'data' / 'rendered').symlink_to(rendered)

    config = Config.fromfile(ROOT / 'configs' / 'ous_demo.py')
    config.merge_from_dict({f'{loader}_dataloader.dataset.data_root': str(rendered)
                            for loader in ('train', 'val', 'test')})
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the model is small, and other tests may run beside this one
    bank = extract_features(config, tmp_path_factory.mktemp('bank')).parent
    config.merge_from_dict({
        'train_cfg.max_epochs': EPOCHS, 'train_cfg.val_interval': EPOCHS, 'param_scheduler': None,
        'default_hooks.loss_switch.alpha': float('inf'),  # with few clips it learns sooner
        'work_dir': str(tmp_path_factory.mktemp('work_dir')), 'log_level': 'ERROR'})
    Runner.from_cfg(use_bank(config, bank)).train()
    torch.set_num_threads(threads)
    (clone / 'work_dirs' / 'demo').mkdir(parents=True)
    shutil.copy(Path(config.work_dir) / f'epoch_{EPOCHS}.pth',
                clone / 'work_dirs' / 'demo' / 'epoch_12.pth')
    return clone
