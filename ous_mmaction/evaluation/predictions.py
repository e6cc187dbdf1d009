"""The files that :class:`DumpPredictions` writes."""
from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from .functional import confusion_matrix


def dump_json(classes: Sequence[str], entries: Sequence[Mapping]) -> str:
    """Return the text of a JSON file of predictions, one line per clip.

    Args:
        classes (Sequence[str]): K class names.
        entries (Sequence[Mapping]): Entries with ``clip_id``, ``label``, ``prediction`` and K
            ``scores``.

    Returns:
        str: The text.
    """
    lines = ',\n'.join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    return (f'{{"classes": {json.dumps(list(classes), ensure_ascii=False)}, '
            f'"predictions": [\n{lines}\n]}}\n')


def dump_csv(classes: Sequence[str], entries: Sequence[Mapping]) -> str:
    """Return the text of a CSV file of predictions.

    Args:
        classes (Sequence[str]): K class names.
        entries (Sequence[Mapping]): See :func:`dump_json`.

    Returns:
        str: The text.

    Examples:
        >>> print(dump_csv(['Happy', 'Sad'],
        ...                [dict(clip_id='1', label=0, prediction=1, scores=[0.25, 0.75])]), end='')
        clip_id,label,prediction,Happy,Sad
        1,Happy,Sad,0.25,0.75
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(['clip_id', 'label', 'prediction', *classes])
    writer.writerows([entry['clip_id'], classes[entry['label']], classes[entry['prediction']],
                      *entry['scores']] for entry in entries)
    return text.getvalue()


def read_predictions(path: str | Path) -> tuple[list[str], dict[str, dict]]:
    """Read a file that ``tools/test.py --dump`` wrote.

    Args:
        path (str | Path): JSON or CSV file.

    Returns:
        tuple[list[str], dict[str, dict]]: Class names, and the entries by clip id, each with
        ``label`` and ``prediction``, indices into the classes, and ``scores``.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file does not hold predictions.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'{path}: the file of predictions was not found')
    text = Path(path).read_text(encoding='utf-8')
    try:
        classes, entries = (_parse_csv if Path(path).suffix == '.csv' else _parse_json)(text)
        clips = {entry['clip_id']: entry for entry in entries}
        for entry in clips.values():
            entry['label'], entry['prediction']
        return list(classes), clips
    except (ValueError, TypeError, KeyError, StopIteration):
        raise ValueError(f'{path}: the file does not hold predictions. Write them with '
                         'tools/test.py --dump') from None


def _parse_json(text: str) -> tuple[list[str], list[dict]]:
    content = json.loads(text)
    return content['classes'], content['predictions']


def _parse_csv(text: str) -> tuple[list[str], list[dict]]:
    rows = csv.reader(io.StringIO(text))
    columns = next(rows)
    if columns[:3] != ['clip_id', 'label', 'prediction']:
        raise ValueError(columns)
    classes = columns[3:]
    return classes, [dict(clip_id=clip_id, label=classes.index(label),
                          prediction=classes.index(prediction), scores=list(map(float, scores)))
                     for clip_id, label, prediction, *scores in rows]


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
