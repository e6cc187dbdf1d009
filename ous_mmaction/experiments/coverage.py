"""What part of a dataset results rest on, as every table says it."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mmengine.config import Config, ConfigDict
from mmengine.fileio import join_path

from ..datasets.annotation import read_annotations
from ..datasets.dfer_dataset import describe_input
from ..datasets.readers.published_counts import PUBLISHED_FOLDS, published_count
from ..datasets.selection import annotation_files
from ..features.use_bank import views_of
from .protocol import selection_of


class Coverage(NamedTuple):
    """Coverage of a dataset by one or more configs.

    Attributes:
        statement (str): Clips found and published, folds, selection and input.
        warning (str): Why the results cannot be compared with published ones; empty if they can.
    """

    statement: str
    warning: str


def describe_coverage(configs: Sequence[Config]) -> Coverage:
    """Describe what part of a dataset the configs of a table train and test on.

    Args:
        configs (Sequence[Config]): Configs of one dataset, one per fold.

    Returns:
        Coverage: The statement and the warning.

    Raises:
        FileNotFoundError: If an annotation file is missing.
        ValueError: If an annotation file is not valid.
    """
    counts, gaps = dict(train=[], test=[]), []
    for config in configs:
        for split, of_split in counts.items():
            name, found, published = _count(config[f'{split}_dataloader'].dataset)
            of_split.append((found, published))
            if published not in (None, found):
                gaps.append(f'{name} has {found} of {published} clips')
    test = configs[0].test_dataloader.dataset
    metainfo, _ = _read(test)
    folds = [config.test_dataloader.dataset.get('fold') for config in configs]
    official = PUBLISHED_FOLDS.get(metainfo.get('dataset'))
    missing = sorted({*(official or ())} - {*folds})
    if missing:
        gaps.insert(0, f'folds {", ".join(map(str, missing))} of {len(official)} are missing')
    numbers = '; '.join(f'{split} clips found / published: {_sums(of_split)}'
                        for split, of_split in counts.items())
    present = 'one official split'
    if folds != [None]:
        present = f'folds: {", ".join(map(str, folds))}' + (f' of {len(official)}' if official
                                                            else '')
    return Coverage(
        f'{numbers}; {present}; selection: {selection_of(configs[0])}; '
        f'input: {describe_input(views_of(configs[0]))}',
        f'CANNOT BE COMPARED WITH PUBLISHED RESULTS: {"; ".join(gaps)}' if gaps else '')


def _read(dataset: ConfigDict) -> tuple[dict, list[dict]]:
    root = dataset.get('data_root', '')
    return read_annotations([join_path(root, file) for file in annotation_files(dataset)])


def _count(dataset: ConfigDict) -> tuple[str, int, int | None]:
    """Return name, number of clips and published number of clips of the split of a dataset."""
    metainfo, records = _read(dataset)
    found, indices = len(records), dataset.get('indices')
    if indices is not None:
        found = min(found, indices if isinstance(indices, int) else len(indices))
    fold = '' if metainfo.get('fold') is None else f'fold {metainfo["fold"]} '
    return f'{fold}{metainfo.get("split", "split")}', found, published_count(metainfo)


def _sums(counts: Sequence[tuple[int, int | None]]) -> str:
    published = [number for _, number in counts]
    total = '–' if None in published else sum(published)
    return f'{sum(found for found, _ in counts)} / {total}'

