"""Reading of the files that :class:`DumpPredictions` writes."""
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from .functional import confusion_matrix


def read_predictions(path: str | Path) -> tuple[list[str], dict[str, dict]]:
    """Read a file that ``tools/test.py --dump`` wrote.

    Args:
        path (str | Path): JSON file.

    Returns:
        tuple[list[str], dict[str, dict]]: Class names, and the entries by clip id.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file does not hold predictions.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'{path}: the file of predictions was not found')
    try:
        content = json.loads(Path(path).read_text(encoding='utf-8'))
        clips = {entry['clip_id']: entry for entry in content['predictions']}
        for entry in clips.values():
            entry['label'], entry['prediction']
        return list(content['classes']), clips
    except (ValueError, TypeError, KeyError):
        raise ValueError(f'{path}: the file does not hold predictions. Write them with '
                         'tools/test.py --dump') from None


def pooled_confusion(paths: Sequence[str | Path]) -> tuple[list[str], np.ndarray]:
    """Count the predictions of several folds together.

    Args:
        paths (Sequence[str | Path]): Files of predictions, at least one.

    Returns:
        tuple[list[str], np.ndarray]: K class names, and counts of shape (K, K) with the true
        classes along the rows.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If the files have different classes, or have a clip in common.
    """
    classes, clips = read_predictions(paths[0])
    total = confusion_of(classes, clips)
    for path in paths[1:]:
        fold_classes, fold_clips = read_predictions(path)
        if fold_classes != classes:
            raise ValueError(f'{path}: the classes are {", ".join(fold_classes)}, but {paths[0]} '
                             f'has {", ".join(classes)}. Pool files of one dataset')
        common = clips.keys() & fold_clips.keys()
        if common:
            raise ValueError(f'{path}: clip {min(common)} is also in another of the files. Pool '
                             'the test folds of one cross-validation')
        clips.update(fold_clips)
        total = total + confusion_of(fold_classes, fold_clips)
    return classes, total


def confusion_of(classes: Sequence[str], clips: Mapping[str, Mapping]) -> np.ndarray:
    """Count the predictions that :func:`read_predictions` gives.

    Args:
        classes (Sequence[str]): K class names.
        clips (Mapping[str, Mapping]): Entries with ``prediction`` and ``label`` by clip id.

    Returns:
        np.ndarray: Counts of shape (K, K), true classes along the rows.

    Examples:
        >>> confusion_of(['Happy', 'Sad'], {'1': dict(label=0, prediction=1)}).tolist()
        [[0, 1], [0, 0]]
    """
    return confusion_matrix([entry['prediction'] for entry in clips.values()],
                            [entry['label'] for entry in clips.values()], len(classes))
