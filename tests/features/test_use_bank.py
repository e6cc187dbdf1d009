"""The flag --bank and the config for MMAction2's own tools make the same change."""
from pathlib import Path

import pytest
from mmengine.config import Config

from ous_mmaction.features.use_bank import LOADERS, use_bank

CONFIGS = Path(__file__).parents[2] / 'configs'


@pytest.mark.parametrize('name', sorted(path.name for path in CONFIGS.glob('ous_*.py')))
def test_the_config_says_what_the_flag_says(name, monkeypatch):
    monkeypatch.setenv('OUS_CONFIG', name)
    monkeypatch.setenv('OUS_BANK', '/some/bank')
    by_config = Config.fromfile(CONFIGS / 'from_bank.py')
    by_flag = use_bank(Config.fromfile(CONFIGS / name), '/some/bank')
    for key in ('model', *LOADERS):
        assert by_config[key] == by_flag[key], key
    assert by_flag.model.backbone == dict(
        by_flag.model.backbone, type='FeatureBankBackbone', bank='/some/bank')
