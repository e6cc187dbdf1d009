from __future__ import annotations

from pathlib import Path

from mmengine.config import Config

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def use_bank(config: Config, bank: str | Path) -> Config:
    """Make a config that reads pixels read a bank of its features.

    Model, checkpoints and test results stay the same. ``configs/from_bank.py`` is the same change as
    a config, for MMAction2's own tools.

    Args:
        config: Has OpenCLIPBackbone and DFERDataset; it is changed.
        bank: Folder that ``tools/extract_features.py`` wrote.

    Returns:
        The config.
    """
    config.merge_from_dict(dict(model=dict(
        data_preprocessor=dict(_delete_=True, type='BaseDataPreprocessor'),
        backbone=dict(type='FeatureBankBackbone', bank=str(bank)))))
    for name in LOADERS:
        # A sample is the number of a record: loader workers would cost more than they do.
        config[name].update(num_workers=0, persistent_workers=False,
                            collate_fn=dict(type='default_collate'))
        config[name].dataset.update(type='FeatureBankDataset', bank=str(bank))
    return config
