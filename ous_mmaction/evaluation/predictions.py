"""Files of :class:`DumpPredictions`, read again."""
from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .functional import confusion_matrix


def read_predictions(path: str | Path) -> tuple[list[str], dict[str, dict]]:
    """Classes, and the entries by clip, of a file that ``tools/test.py --dump`` wrote.

    Raises:
        FileNotFoundError: It is missing.
        ValueError: It is no such file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'{path}: no such file of predictions')
    try:
        content = json.loads(Path(path).read_text(encoding='utf-8'))
        clips = {entry['clip_id']: entry for entry in content['predictions']}
        for entry in clips.values():
            entry['label'], entry['prediction']
        return list(content['classes']), clips
    except (ValueError, TypeError, KeyError):
        raise ValueError(f'{path}: no file of predictions; tools/test.py --dump writes one'
                         ) from None


def pooled_confusion(paths: Sequence[str | Path]) -> tuple[list[str], np.ndarray]:
    """Classes and (K, K) confusion matrix of all clips of several folds.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: The files are of different classes, or have a clip in common.
    """
    classes, clips = read_predictions(paths[0])
    total = confusion_of(classes, clips)
    for path in paths[1:]:
        others, more = read_predictions(path)
        if others != classes:
            raise ValueError(f'{path}: classes {", ".join(others)}, {paths[0]} has '
                             f'{", ".join(classes)}; pool files of one dataset')
        if clips.keys() & more.keys():
            raise ValueError(f'{path}: clip {min(clips.keys() & more.keys())} is in another of the '
                             'files too; pool the test folds of one cross-validation')
        clips.update(more)
        total = total + confusion_of(others, more)
    return classes, total


def confusion_of(classes: Sequence[str], clips: dict[str, dict]) -> np.ndarray:
    """(K, K) confusion matrix of what :func:`read_predictions` gives."""
    return confusion_matrix([entry['prediction'] for entry in clips.values()],
                            [entry['label'] for entry in clips.values()], len(classes))
