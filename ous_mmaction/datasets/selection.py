"""Which clips train a model, which choose its checkpoint, and which test it.

No dataset of the field has a validation split, and most of the literature chooses the checkpoint on
the test fold. The key ``selection`` says what chooses it here.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..checks import one_of

SPLITS = ('train', 'val', 'test')
# The test fold, a tenth of the training fold, or a validation split of the dataset itself.
SELECTIONS = ('test', 'holdout', 'validation')


def split_source(split: str, selection: str) -> tuple[str, str]:
    """Return where the clips of a split come from.

    Args:
        split (str): What the clips are for: ``'train'``, ``'val'`` or ``'test'``.
        selection (str): What chooses the checkpoint: ``'test'``, ``'holdout'`` or
            ``'validation'``.

    Returns:
        tuple[str, str]: The official split to read, ``'train'``, ``'val'`` or ``'test'``, and the
        part of it: ``'all'``, the ``'holdout'``, or the ``'rest'``.

    Raises:
        ValueError: If an argument is none of these.

    Examples:
        >>> split_source('val', 'test')
        ('test', 'all')
        >>> split_source('val', 'holdout'), split_source('train', 'holdout')
        (('train', 'holdout'), ('train', 'rest'))
    """
    one_of('split', split, SPLITS)
    one_of('selection', selection, SELECTIONS)
    if split == 'train' and selection == 'holdout':
        return 'train', 'rest'
    if split == 'val':
        return {'test': ('test', 'all'), 'holdout': ('train', 'holdout'),
                'validation': ('val', 'all')}[selection]
    return split, 'all'


def annotation_name(split: str, fold: int | None) -> str:
    """Return the name of the annotation file of an official split.

    Args:
        split (str): ``'train'``, ``'val'`` or ``'test'``.
        fold (int | None): Number of the fold; None for a dataset with one official split.

    Returns:
        str: File name.

    Examples:
        >>> annotation_name('train', 1), annotation_name('test', None)
        ('fold1_train.json', 'test.json')
    """
    return f'{split}.json' if fold is None else f'fold{fold}_{split}.json'


def annotation_files(dataset: Mapping) -> list[str]:
    """Return the annotation files that a dataset with this config reads.

    Args:
        dataset (Mapping): Keys of :class:`DFERDataset`: either ``ann_file``, or ``ann_dir``,
            ``split``, ``selection`` and ``fold``.

    Returns:
        list[str]: Paths relative to the ``data_root`` of the dataset.

    Examples:
        >>> annotation_files(dict(split='val', selection='test', fold=2))
        ['annotations/fold2_test.json']
        >>> annotation_files(dict(ann_file=['train.json', 'val.json']))
        ['train.json', 'val.json']
    """
    files = dataset.get('ann_file')
    if files is None:
        source, _ = split_source(dataset.get('split', 'train'), dataset.get('selection', 'test'))
        folder = dataset.get('ann_dir', 'annotations')
        files = f'{folder}/{annotation_name(source, dataset.get("fold"))}'
    return [files] if isinstance(files, str) else list(files)


def stratified_holdout(clip_ids: Sequence[str], labels: Sequence[int], share: float,
                       seed: int) -> set[str]:
    """Draw the clips to hold out, the same share of every class.

    The result depends neither on the order of the clips nor, within a class, on the clips of other
    classes.

    Args:
        clip_ids (Sequence[str]): N ids without repetition.
        labels (Sequence[int]): N class indices.
        share (float): Share of each class between 0 and 1; at least one clip per class is held out.
        seed (int): Non-negative seed of the drawing.

    Returns:
        set[str]: Ids of the clips that are held out.

    Raises:
        ValueError: If a class has only one clip, or ``share`` leaves nothing to train on.

    Examples:
        >>> held_out = stratified_holdout(['a', 'b', 'c', 'd'], [0, 0, 1, 1], share=0.5, seed=0)
        >>> len(held_out), len(held_out & {'a', 'b'})
        (2, 1)
    """
    if not 0 < share < 1:
        raise ValueError(f'The key `holdout_share` must lie between 0 and 1, but got {share}')
    held_out: set[str] = set()
    for label in sorted(set(labels)):
        members = sorted(clip for clip, clip_label in zip(clip_ids, labels) if clip_label == label)
        count = max(1, round(share * len(members)))
        if count == len(members):
            raise ValueError(f'Class {label} has {len(members)} clips, and a `holdout_share` of '
                             f'{share} leaves none of them to train on. Take a smaller share, or '
                             "set `selection` to 'test'")
        chosen = np.random.default_rng((seed, label)).permutation(len(members))[:count]
        held_out.update(members[index] for index in chosen)
    return held_out
