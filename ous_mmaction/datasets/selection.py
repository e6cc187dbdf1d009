"""Which clips train a model, which choose its checkpoint and which test it.

No dataset of the field has a validation split, and most of the literature chooses the checkpoint on
the test fold. The key ``selection`` says what chooses it here.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..checks import one_of

SPLITS = ('train', 'val', 'test')
# The test fold, a tenth of the training fold, or a validation split of the dataset's own.
SELECTIONS = ('test', 'holdout', 'validation')


def split_source(split: str, selection: str) -> tuple[str, str]:
    """Where the clips of a split come from.

    Args:
        split: What the clips are for: ``train``, ``val`` or ``test``.
        selection: What chooses the checkpoint: ``test``, ``holdout`` or ``validation``.

    Returns:
        The official split to read, ``train``, ``val`` or ``test``, and the part of it: ``all``, the
        ``holdout``, or the ``rest``.

    Raises:
        ValueError: If either argument is none of these.

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
    """Name of an official split's annotation file.

    Examples:
        >>> annotation_name('train', 1), annotation_name('test', None)
        ('fold1_train.json', 'test.json')
    """
    return f'{split}.json' if fold is None else f'fold{fold}_{split}.json'


def annotation_files(dataset: Mapping) -> list[str]:
    """The annotation files that a dataset of this config reads, relative to its ``data_root``.

    Args:
        dataset: Keys of :class:`DFERDataset`: ``ann_file``, or else ``ann_dir``, ``split``,
            ``selection`` and ``fold``.

    Examples:
        >>> annotation_files(dict(split='val', selection='test', fold=2))
        ['annotations/fold2_test.json']
    """
    files = dataset.get('ann_file')
    if files is None:
        source, _ = split_source(dataset.get('split', 'train'), dataset.get('selection', 'test'))
        folder = dataset.get('ann_dir', 'annotations')
        files = f'{folder}/{annotation_name(source, dataset.get("fold"))}'
    return [files] if isinstance(files, str) else list(files)


def stratified_holdout(clip_ids: Sequence[str], labels: Sequence[int], share: float,
                       seed: int) -> set[str]:
    """Clips to hold out: the same share of every class, drawn by seed.

    The order of the clips does not matter, nor do the clips of other classes.

    Args:
        clip_ids (Sequence[str]): N ids, each once.
        labels (Sequence[int]): N class indices.
        share (float): Share of each class, in (0, 1); at least one clip a class is held out.
        seed (int): Not negative.

    Returns:
        set[str]: Ids of the clips that are held out.

    Raises:
        ValueError: If a class has one clip alone, or ``share`` leaves nothing to train on.
    """
    if not 0 < share < 1:
        raise ValueError(f'the key `holdout_share` is {share}: it must lie between 0 and 1')
    held_out: set[str] = set()
    for label in sorted(set(labels)):
        members = sorted(clip for clip, other in zip(clip_ids, labels) if other == label)
        count = max(1, round(share * len(members)))
        if count == len(members):
            raise ValueError(f'class {label} has {len(members)} clips, of which a `holdout_share` '
                             f'of {share} leaves none to train on; take a smaller share, or '
                             'select by the test fold')
        chosen = np.random.default_rng((seed, label)).permutation(len(members))[:count]
        held_out.update(members[index] for index in chosen)
    return held_out
