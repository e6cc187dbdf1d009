"""Fold and model selection of a config: how the field's numbers come about."""
from __future__ import annotations

import json
import re
from pathlib import Path

from mmengine.config import Config
from mmengine.fileio import join_path

from ..datasets.annotation import read_annotation
from .checkpoints import read_checkpoint

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
SELECTIONS = ('test', 'holdout')
# What names the fold in the name of an annotation file.
FOLD = re.compile(r'fold\d+_(?=[^/]*$)')


def use_fold(config: Config, fold: int) -> None:
    """Point every loader of a config to a fold.

    Raises:
        ValueError: An annotation file's name has no ``fold<k>_`` to replace; or a part of the model
            was trained on another fold, that is, on test clips of this one.
    """
    _check_pretrained(config, fold)
    for loader in LOADERS:
        dataset = config[loader].dataset
        path, count = FOLD.subn(f'fold{fold}_', dataset.ann_file)
        if not count:
            raise ValueError(f'{config.filename}: {loader}.dataset.ann_file is {dataset.ann_file}, '
                             'which names no fold such as fold1_train.json; the dataset has one '
                             'split: train it with tools/train.py')
        dataset.ann_file = path


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
                         f'{fold}: give one of that fold, or --folds {trained_on}')


def use_selection(config: Config, selection: str) -> None:
    """Let the test fold or a part of the training fold choose the model.

    Args:
        config: Its validation loader and training part are changed.
        selection: ``test`` or ``holdout``.
    """
    train, val, test = (config[loader].dataset for loader in LOADERS)
    holdout = selection == 'holdout'
    train.part = 'train' if holdout else 'all'
    val.part = 'holdout' if holdout else 'all'
    val.ann_file = train.ann_file if holdout else test.ann_file


def selection_of(config: Config) -> str:
    """What chooses a config's model: ``test``, ``holdout`` or ``validation``, a split of its own.

    Raises:
        ValueError: Clips that choose the model are also trained on.
    """
    train, val, test = (config[loader].dataset for loader in LOADERS)
    parts = train.get('part', 'all'), val.get('part', 'all')
    if val.ann_file == train.ann_file:
        if parts != ('train', 'holdout'):
            raise ValueError(f'{config.filename}: validation reads the training clips; set the key '
                             '`selection` to test or holdout')
        for key in ('holdout_share', 'holdout_seed'):
            if train.get(key) != val.get(key):
                raise ValueError(
                    f'{config.filename}: train_dataloader.dataset.{key} is {train.get(key)}, '
                    f'val_dataloader.dataset.{key} is {val.get(key)}: clips that choose the model '
                    'may be trained on; set both to the same')
        return 'holdout'
    return 'test' if val.ann_file == test.ann_file else 'validation'


def check_splits(config: Config) -> tuple[str, list[str]]:
    """Check the annotation files of a config before anything is computed.

    Returns:
        Name of the dataset and its classes.

    Raises:
        FileNotFoundError: A fold is missing.
        ValueError: A split is no annotation, or misses a class.
    """
    for loader in LOADERS:
        dataset = config[loader].dataset
        if 'ann_file' not in dataset:
            raise ValueError(f'{config.filename}: {loader}.dataset, a {dataset.type}, has no '
                             '`ann_file`, by which folds are told; train it with tools/train.py')
        path = join_path(dataset.get('data_root', ''), dataset.ann_file)
        metainfo, records = read_annotation(path)
        present = {record['label'] for record in records}
        absent = [name for label, name in enumerate(metainfo['classes']) if label not in present]
        if absent:
            raise ValueError(f'{path}: no clip of {", ".join(absent)}, whose recall and the UAR '
                             'would be undefined; prepare the fold again, or leave it out')
    return metainfo.get('dataset', Path(path).stem), list(metainfo['classes'])


def ceilings_of(config: Config) -> dict[str, float]:
    """Name -> closed-form ceiling of UAR and WAR, for the rendered benchmark; else nothing."""
    index = Path(join_path(config.test_dataloader.dataset.get('data_root', ''), 'benchmark.json'))
    if not index.is_file():
        return {}
    ceilings = json.loads(index.read_text(encoding='utf-8'))['ceilings']
    return {f'ceiling: {name.replace("_", " ")}': value for name, value in ceilings.items()}
