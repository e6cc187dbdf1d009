"""Fold and selection of a config: the protocol behind the field's numbers."""
from __future__ import annotations

import argparse
import json
from pathlib import Path

from mmengine.config import Config
from mmengine.fileio import join_path

from ..checkpoints import read_checkpoint
from ..datasets.annotation import read_annotation
from ..datasets.selection import SELECTIONS, annotation_files
from ..features.extraction import DEFAULT_VIEWS
from ..features.use_bank import LOADERS, use_bank


def use_fold(config: Config, fold: int) -> None:
    """Point every data loader of a config to a fold.

    Args:
        config (Config): Config whose loaders are changed.
        fold (int): Number of the fold.

    Raises:
        ValueError: If the dataset has no folds, if a loader names its annotation file, or if a part
            of the model was trained on another fold and therefore on test clips of this one.
    """
    if not has_folds(config):
        raise ValueError(f'{config.filename}: the datasets have no key `fold`, because they have '
                         'one official split. Train it without --fold')
    _check_pretrained(config, fold)
    for loader in LOADERS:
        if config[loader].dataset.get('ann_file'):
            raise ValueError(f'The key `{loader}.dataset.ann_file` names a file, so that another '
                             'fold would change nothing. Set `ann_dir` to its folder instead')
        config[loader].dataset.fold = fold


def has_folds(config: Config) -> bool:
    """Whether the dataset of a config has folds."""
    return config.test_dataloader.dataset.get('fold') is not None


def _check_pretrained(config: Config, fold: int) -> None:
    """Raise a ValueError if AEN's 2D model was trained on another fold.

    A 2D model of still images from another dataset has no fold.
    """
    checkpoint = config.model.get('fer2d', {}).get('checkpoint')
    if checkpoint is None or not Path(checkpoint).is_file():
        return  # random weights, or a missing file, which the model reports
    meta = read_checkpoint(checkpoint).get('meta', {})
    trained_on = meta.get('dataset_meta', {}).get('fold', fold)
    if trained_on != fold:
        raise ValueError(f'{checkpoint}: the checkpoint of the key `model.fer2d.checkpoint` was '
                         f'trained on fold {trained_on}, whose training clips include test clips '
                         f'of fold {fold}. Give a checkpoint of fold {fold}, or '
                         f'--folds {trained_on}')


def use_selection(config: Config, selection: str) -> None:
    """Set the split that chooses the checkpoint of a config.

    Args:
        config (Config): Config whose loaders are changed.
        selection (str): One of ``SELECTIONS``, such as the test fold or a part of the training
            fold.
    """
    for loader in LOADERS:
        config[loader].dataset.selection = selection


def verify_reads(config: Config) -> None:
    """Let every data loader of a config compare each clip on its first read (``--verify``).

    Args:
        config (Config): Config whose loaders are changed.

    Raises:
        ValueError: If a dataset reads a folder without an annotation.
    """
    for loader in LOADERS:
        dataset = config[loader].dataset
        if 'folder' in dataset:
            raise ValueError(f'{config.filename}: {loader}.dataset is a {dataset.type}, which '
                             'reads a folder without digests. Train it without --verify')
        dataset.verify = True


def selection_of(config: Config) -> str:
    """Return the split that chooses the checkpoint of a config.

    Args:
        config (Config): The config.

    Returns:
        str: ``'test'``, ``'holdout'`` or ``'validation'``.

    Raises:
        ValueError: If training and validation disagree about the split, so that clips that choose
            the checkpoint may also be trained on.
    """
    train, val = (config[loader].dataset for loader in LOADERS[:2])
    selection = train.get('selection', 'test')
    shared = dict(selection='test', fold=None)
    if selection == 'holdout':
        shared.update(holdout_share=0.1, holdout_seed=0)
    for key, default in shared.items():
        train_value, val_value = train.get(key, default), val.get(key, default)
        if train_value != val_value:
            raise ValueError(
                f'{config.filename}: train_dataloader.dataset.{key} is {train_value}, but '
                f'val_dataloader.dataset.{key} is {val_value}. Clips that choose the checkpoint '
                'may also be trained on. Set both keys to the same value')
    if selection != 'holdout' and annotation_files(train) == annotation_files(val):
        raise ValueError(f'{config.filename}: the validation reads the training clips. Set the '
                         'key `selection` to test or holdout')
    files = [annotation_files(config[loader].dataset) for loader in LOADERS]
    return 'validation' if selection == 'test' and files[1] != files[2] else selection


def check_splits(config: Config) -> tuple[str, list[str]]:
    """Check the annotation files of a config before anything is computed.

    Args:
        config (Config): The config.

    Returns:
        tuple[str, list[str]]: Name of the dataset and its classes.

    Raises:
        FileNotFoundError: If a fold is missing.
        ValueError: If a file is not an annotation file, or if a split lacks a class.
    """
    for loader in LOADERS:
        dataset = config[loader].dataset
        if 'folder' in dataset:
            raise ValueError(f'{config.filename}: {loader}.dataset is a {dataset.type}, which '
                             'reads a folder and has no folds. Train it with tools/train.py')
        for file in annotation_files(dataset):
            path = join_path(dataset.get('data_root', ''), file)
            metainfo, records = read_annotation(path)
            present = {record['label'] for record in records}
            absent = [name for label, name in enumerate(metainfo['classes'])
                      if label not in present]
            if absent:
                raise ValueError(f'{path}: the split has no clip of {", ".join(absent)}, so that '
                                 'their recall and the UAR would be undefined. Prepare the fold '
                                 'again, or leave it out')
    return metainfo.get('dataset', Path(path).stem), list(metainfo['classes'])


def ceilings_of(config: Config) -> dict[str, float]:
    """Return the closed-form ceilings of UAR and WAR, which only the rendered benchmark has.

    Args:
        config (Config): The config.

    Returns:
        dict[str, float]: Ceilings by name, as fractions of 1. Empty for other datasets.
    """
    index = Path(join_path(config.test_dataloader.dataset.get('data_root', ''), 'benchmark.json'))
    if not index.is_file():
        return {}
    ceilings = json.loads(index.read_text(encoding='utf-8'))['ceilings']
    return {f'ceiling: {name.replace("_", " ")}': value for name, value in ceilings.items()}


def add_protocol_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for fold, selection and feature bank that :func:`apply_protocol` takes.

    Args:
        parser (argparse.ArgumentParser): Parser of a tool.
    """
    parser.add_argument('--fold', type=int, help="number of the fold; default: the config's")
    parser.add_argument('--selection', choices=SELECTIONS,
                        help='what chooses the checkpoint: the test fold, as in the literature, a '
                             'part of the training fold, or a validation split; '
                             "default: the config's")
    parser.add_argument('--bank', metavar='DIR', help='read the features that '
                        'tools/extract_features.py wrote there, instead of pixels')


def add_views_argument(parser: argparse.ArgumentParser) -> None:
    """Add the number of augmented views of a bank that the tool extracts.

    Args:
        parser (argparse.ArgumentParser): Parser of a tool.
    """
    parser.add_argument('--views', type=int,
                        help='number of augmented views per clip in the bank, for training; with '
                             '0, training sees every clip as it is tested; default: those of a '
                             f'bank that is there, else {DEFAULT_VIEWS}')


def add_trained_clips_argument(parser: argparse.ArgumentParser) -> None:
    """Add the flag that lifts the refusal of :class:`TrainedClipsHook`.

    Args:
        parser (argparse.ArgumentParser): Parser of a tool that tests.
    """
    parser.add_argument('--allow-trained-clips', action='store_true',
                        help='also test on clips that the checkpoint was trained on')


def apply_protocol(config: Config, fold: int | None = None, selection: str | None = None,
                   bank: str | Path | None = None) -> None:
    """Apply ``--fold``, ``--selection`` and ``--bank`` to a config.

    Args:
        config (Config): Config to change.
        fold (int, optional): Number of the fold. None keeps the config's.
        selection (str, optional): One of ``SELECTIONS``. None keeps the config's.
        bank (str | Path, optional): Folder of a feature bank. None keeps reading pixels.
    """
    if fold is not None:
        use_fold(config, fold)
    if selection is not None:
        use_selection(config, selection)
    if bank is not None:
        use_bank(config, bank)
