from __future__ import annotations

from pathlib import Path

from mmengine.config import Config

from .feature_bank import open_bank

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def use_bank(config: Config, bank: str | Path) -> Config:
    """Change a config that reads pixels to read a bank of their features instead.

    The model, its checkpoints and its test results stay the same. ``configs/from_bank.py`` makes
    the same change as a config, for MMAction2's own tools.

    Args:
        config (Config): Config with OpenCLIPBackbone and DFERDataset, changed in place.
        bank (str | Path): Folder that ``tools/extract_features.py`` wrote.

    Returns:
        Config: The same config.
    """
    config.merge_from_dict(dict(model=dict(
        data_preprocessor=dict(_delete_=True, type='BaseDataPreprocessor'),
        backbone=dict(type='FeatureBankBackbone', bank=str(bank)))))
    for name in LOADERS:
        # A sample is only the index of a record, so that loader workers would cost more than
        # they save.
        config[name].update(num_workers=0, persistent_workers=False,
                            collate_fn=dict(type='default_collate'))
        config[name].dataset.update(type='FeatureBankDataset', bank=str(bank))
    return config


def views_of(config: Config) -> int | None:
    """Return the number of augmented views that the training of a config reads; None for pixels.

    Raises:
        FileNotFoundError: If the bank is missing or unfinished.
        ValueError: If a byte of the bank has changed.
    """
    bank = config.train_dataloader.dataset.get('bank')
    return open_bank(bank).views if bank else None


def read_pixels(config: Config) -> Config:
    """Undo :func:`use_bank` for a model that is to see frames that no bank holds.

    Args:
        config (Config): Config of a model, with or without a bank; changed in place.

    Returns:
        Config: The same config.
    """
    backbone = config.model.backbone
    if backbone.get('type') == 'FeatureBankBackbone':
        backbone.type = 'OpenCLIPBackbone'
        for key in ('bank', 'hold'):
            backbone.pop(key, None)
        config.model.data_preprocessor = dict(type='FaceScenePreprocessor')
    return config
