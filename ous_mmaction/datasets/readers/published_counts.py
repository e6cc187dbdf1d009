from __future__ import annotations

from . import dfew, ferv39k, mafw

# Folds of the datasets that have folds.
PUBLISHED_FOLDS = dict(DFEW=dfew.FOLDS, MAFW=mafw.FOLDS)


def published_count(metainfo: dict) -> int | None:
    """Return how many clips the authors of a dataset count in a split.

    Args:
        metainfo (dict): Metainfo of an annotation file: ``dataset``, ``split`` and ``fold``.

    Returns:
        int | None: The number; None if none is published.

    Examples:
        >>> published_count(dict(dataset='DFEW', split='test', fold=1))
        2341
        >>> published_count(dict(dataset='MAFW', split='train', fold=5))
        7341
    """
    dataset, split, fold = (metainfo.get(key) for key in ('dataset', 'split', 'fold'))
    if dataset == 'MAFW' and fold in mafw.PUBLISHED_TEST:
        test = mafw.PUBLISHED_TEST[fold]
        return test if split == 'test' else sum(mafw.PUBLISHED_TEST.values()) - test
    tables = dict(DFEW=(dfew.PUBLISHED, f'fold{fold}_{split}'), FERV39k=(ferv39k.PUBLISHED, split))
    counts, name = tables.get(dataset, ({}, ''))
    count = counts.get(name)
    return count if count is None or isinstance(count, int) else sum(count)
