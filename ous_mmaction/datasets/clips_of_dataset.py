from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..checkpoints import describe_clips
from .dfer_dataset import DFERDataset


def innermost(dataset: Any) -> Iterator[Any]:
    """Yield the datasets with ``set_epoch`` inside wrappers that repeat, concatenate or balance."""
    if hasattr(dataset, 'set_epoch'):
        yield dataset
    elif hasattr(dataset, 'datasets'):
        for part in dataset.datasets:
            yield from innermost(part)
    elif hasattr(dataset, 'dataset'):
        yield from innermost(dataset.dataset)


def clips_of_dataset(dataset: Any) -> dict | None:
    """Describe the clips of a dataset, see :func:`ous_mmaction.checkpoints.describe_clips`.

    Args:
        dataset (Any): A :class:`DFERDataset`, wrapped or not, or any other dataset.

    Returns:
        dict | None: The description; None for datasets of other packages, which have no clip ids.
    """
    parts = [part for part in innermost(dataset) if isinstance(part, DFERDataset)]
    if not parts:
        return None
    files = dict.fromkeys(Path(file).name for part in parts for file in part.ann_files)
    clip_ids = [part.get_data_info(index)['clip_id'] for part in parts
                for index in range(len(part))]
    return describe_clips(parts[0].metainfo.get('dataset', ''), list(files), clip_ids)
