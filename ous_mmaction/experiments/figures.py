"""The figures of a trained model, each as PNG and PDF, with its numbers as JSON."""
from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..atomic_files import write_atomically
from ..evaluation.functional import class_recalls, uar, war
from ..evaluation.training_log import TrainingLog
from ..models.layers.ous.attention_recorder import SOURCES
from ..visualization.attention_shares import attention_figure
from ..visualization.confusion_matrix import confusion_figure
from ..visualization.feature_clusters import clusters_figure, embed, silhouette
from ..visualization.loss_course import loss_course_figure
from ..visualization.save_figure import save_figure
from .observation import Observation


def write_confusion(confusion: np.ndarray, classes: Sequence[str], out: Path,
                    title: str = '') -> str:
    """Write ``confusion_matrix.*``.

    Args:
        confusion (np.ndarray): Counts of shape (K, K), with the true classes along the rows.
        classes (Sequence[str]): K names of the classes.
        out (Path): Folder of the figures.
        title (str): Text before UAR and WAR. Defaults to ``''``.

    Returns:
        str: Summary of the figure in one line.
    """
    numbers = dict(UAR=uar(confusion), WAR=war(confusion), classes=list(classes),
                   recalls=class_recalls(confusion).tolist(), counts=confusion.tolist())
    _write(confusion_figure(confusion, classes, title), numbers, out / 'confusion_matrix')
    return f'UAR {numbers["UAR"]:.3f}, WAR {numbers["WAR"]:.3f} on {confusion.sum()} clips'


def write_clusters(observation: Observation, out: Path) -> str:
    """Write ``feature_clusters.*``.

    Args:
        observation (Observation): Features of a test set.
        out (Path): Folder of the figures.

    Returns:
        str: Summary of the figure in one line.

    Raises:
        ValueError: If there are too few clips or too many classes.
    """
    labels = observation.labels
    positions = {stage: embed(features) for stage, features in observation.features.items()}
    scores = {stage: silhouette(features, labels)
              for stage, features in observation.features.items()}
    clips = [dict(clip_id=clip_id, label=int(label),
                  positions={stage: [round(float(x), 3) for x in places[row]]
                             for stage, places in positions.items()})
             for row, (clip_id, label) in enumerate(zip(observation.clip_ids, labels))]
    _write(clusters_figure(positions, scores, labels, observation.classes),
           dict(silhouette=scores, classes=list(observation.classes), clips=clips),
           out / 'feature_clusters')
    return 'silhouette ' + ', '.join(
        f'{"undefined" if score is None else format(score, ".3f")} {stage}'
        for stage, score in scores.items())


def write_attention(observation: Observation, out: Path) -> str:
    """Write ``attention.*`` by block and ``attention_by_class.*``.

    Args:
        observation (Observation): Attention on a test set.
        out (Path): Folder of the figures.

    Returns:
        str: Summary of the figures in one line.
    """
    labels = observation.labels
    columns = [index for index in range(len(SOURCES)) if observation.uniform[..., index].any()]
    sources = [SOURCES[index] for index in columns]
    attention = observation.attention[..., columns]
    uniform = observation.uniform[..., columns]
    queries = [f'query {number + 1}' for number in range(attention.shape[2])]
    present = np.unique(labels)
    figures = dict(
        attention=(
            np.moveaxis(attention.mean(0), 1, 0), uniform.mean(0), 'block',
            [str(number + 1) for number in range(attention.shape[1])],
            f'Attention of the learned queries, mean over {len(attention)} clips'),
        attention_by_class=(
            np.stack([attention[labels == label].mean((0, 1)) for label in present], 1),
            np.stack([uniform[labels == label].mean((0, 1)) for label in present]), 'class',
            [observation.classes[label] for label in present],
            f'Attention of the learned queries, mean over {attention.shape[1]} blocks'))
    for name, (shares, equal, row_label, rows, title) in figures.items():
        figure = attention_figure(np.concatenate([shares, equal[None]]),
                                  [*queries, 'equal weights'], rows, sources, row_label, title)
        _write(figure, dict(sources=sources, rows=rows, shares=dict(zip(queries, shares.tolist())),
                            equal_weights=equal.tolist()), out / name)
    mean, equal = attention.mean((0, 1, 2)), uniform.mean((0, 1))
    return 'attention ' + ', '.join(f'{100 * share:.1f} % {source} (equal weights {100 * same:.1f})'
                                    for source, share, same in zip(sources, mean, equal))


def write_losses(log: TrainingLog, out: Path) -> str:
    """Write ``loss_course.*``.

    Args:
        log (TrainingLog): Log of the run.
        out (Path): Folder of the figures.

    Returns:
        str: Summary of the figure in one line.
    """
    switches = [dict(iteration=step, auxiliary=on) for step, on in log.switches()]
    _write(loss_course_figure(log), dict(
        alpha=log.alpha, switches=switches,
        courses={key: [values.tolist() for values in log.course(key)] for key in
                 ('loss_contrast', 'contrast_ema', 'similarity', 'polarity', 'val/loss', 'acc/UAR',
                  'lr')}, unit=log.unit), out / 'loss_course')
    changes = [f'{"on" if on else "off"} by iteration {step}' for step, on in log.switches()[1:]]
    return 'similarity and polarity loss ' + (', '.join(changes) or 'never switched')


def _write(figure: Figure, numbers: dict, stem: Path) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    for suffix in ('.png', '.pdf'):
        save_figure(figure, stem.with_suffix(suffix))
    text = json.dumps(_without_nan(numbers), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(stem.with_suffix('.json'), [text + '\n'])


def _without_nan(value: Any) -> Any:
    """Replace non-finite numbers, which JSON lacks, by None."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
