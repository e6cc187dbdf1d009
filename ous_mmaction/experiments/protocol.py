"""Fold and selection of a config: how the field's numbers come about."""
from __future__ import annotations

import argparse
import json
from pathlib import Path

from mmengine.config import Config
from mmengine.fileio import join_path

from ..checkpoints import read_checkpoint
from ..datasets.annotation import read_annotation
from ..datasets.selection import SELECTIONS, annotation_files
from ..features.use_bank import LOADERS, use_bank


def use_fold(config: Config, fold: int) -> None:
    """Point every loader of a config to a fold.

    Raises:
        ValueError: If the dataset has no folds, or a loader names its annotation file; or a part of the model was trained on another fold,
            that is, on test clips of this one.
    """
    if not has_folds(config):
        raise ValueError(f'{config.filename}: its datasets have no key `fold`, they have one official '
                         'split. Train it without --fold')
    _check_pretrained(config, fold)
    for loader in LOADERS:
        if config[loader].dataset.get('ann_file'):
            raise ValueError(f'{loader}.dataset.ann_file names a file, so that another fold would '
                             'change nothing. Set `ann_dir` to its folder instead')
        config[loader].dataset.fold = fold


def has_folds(config: Config) -> bool:
    """Whether the dataset of a config comes in folds."""
    return config.test_dataloader.dataset.get('fold') is not None


def _check_pretrained(config: Config, fold: int) -> None:
    """Refuse AEN's 2D model of another fold; stills of another dataset have no fold."""
    checkpoint = config.model.get('fer2d', {}).get('checkpoint')
    if checkpoint is None or not Path(checkpoint).is_file():
        return  # random weights, or the model will name the missing file
    meta = read_checkpoint(checkpoint).get('meta', {})
    trained_on = meta.get('dataset_meta', {}).get('fold', fold)
    if trained_on != fold:
        raise ValueError(f'{checkpoint} (key `model.fer2d.checkpoint`) was trained on fold '
                         f'{trained_on}, whose training clips are among the test clips of fold '
                         f'{fold}. Give one of that fold, or --folds {trained_on}')


def use_selection(config: Config, selection: str) -> None:
    """Let the test fold or a part of the training fold choose the checkpoint.

    Args:
        config: Its loaders are changed.
        selection: One of ``SELECTIONS``.
    """
    for loader in LOADERS:
        config[loader].dataset.selection = selection


def selection_of(config: Config) -> str:
    """What chooses a config's checkpoint: ``test``, ``holdout`` or ``validation``.

    Raises:
        ValueError: If training and validation disagree about it, so that clips that choose the
            checkpoint may also be trained on.
    """
    train, val = (config[loader].dataset for loader in LOADERS[:2])
    selection = train.get('selection', 'test')
    shared = dict(selection='test', fold=None)
    if selection == 'holdout':
        shared.update(holdout_share=0.1, holdout_seed=0)
    for key, default in shared.items():
        ours, theirs = train.get(key, default), val.get(key, default)
        if ours != theirs:
            raise ValueError(
                f'{config.filename}: train_dataloader.dataset.{key} is {ours}, but '
                f'val_dataloader.dataset.{key} is {theirs}. Clips that choose the checkpoint may be '
                'trained on. Set both to the same')
    if selection != 'holdout' and annotation_files(train) == annotation_files(val):
        raise ValueError(f'{config.filename}: validation reads the training clips. Set the key '
                         '`selection` to test or holdout')
    files = [annotation_files(config[loader].dataset) for loader in LOADERS]
    return 'validation' if selection == 'test' and files[1] != files[2] else selection


def check_splits(config: Config) -> tuple[str, list[str]]:
    """Check the annotation files of a config before anything is computed.

    Returns:
        Name of the dataset and its classes.

    Raises:
        FileNotFoundError: If a fold is missing.
        ValueError: If a split is no annotation, or misses a class.
    """
    for loader in LOADERS:
        dataset = config[loader].dataset
        if 'folder' in dataset:
            raise ValueError(f'{config.filename}: {loader}.dataset, a {dataset.type}, reads a '
                             'folder, which has no folds. Train it with tools/train.py')
        for file in annotation_files(dataset):
            path = join_path(dataset.get('data_root', ''), file)
            metainfo, records = read_annotation(path)
            present = {record['label'] for record in records}
            absent = [name for label, name in enumerate(metainfo['classes'])
                      if label not in present]
            if absent:
                raise ValueError(f'{path}: it has no clip of {", ".join(absent)}, whose recall and '
                                 'the UAR would be undefined. Prepare the fold again, or leave it '
                                 'out')
    return metainfo.get('dataset', Path(path).stem), list(metainfo['classes'])


def ceilings_of(config: Config) -> dict[str, float]:
    """Name -> closed-form ceiling of UAR and WAR, for the rendered benchmark; else nothing."""
    index = Path(join_path(config.test_dataloader.dataset.get('data_root', ''), 'benchmark.json'))
    if not index.is_file():
        return {}
    ceilings = json.loads(index.read_text(encoding='utf-8'))['ceilings']
    return {f'ceiling: {name.replace("_", " ")}': value for name, value in ceilings.items()}


def add_protocol_arguments(parser: argparse.ArgumentParser) -> None:
    """Fold, selection and feature bank, to be laid over a config by :func:`apply_protocol`."""
    parser.add_argument('--fold', type=int, help="number of the fold; default: the config's")
    parser.add_argument('--selection', choices=SELECTIONS,
                        help='what chooses the checkpoint: the test fold, as in the literature, a '
                             "part of the training fold, or a validation split; default: the config's")
    parser.add_argument('--bank', metavar='DIR', help='read the features that '
                        'tools/extract_features.py wrote there, in place of pixels')


def apply_protocol(config: Config, fold: int | None = None, selection: str | None = None,
                   bank: str | Path | None = None) -> None:
    """Lay ``--fold``, ``--selection`` and ``--bank`` over a config; None leaves it as it is."""
    if fold is not None:
        use_fold(config, fold)
    if selection is not None:
        use_selection(config, selection)
    if bank is not None:
        use_bank(config, bank)
