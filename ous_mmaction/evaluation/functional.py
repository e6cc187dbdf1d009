"""Figures of merit as pure functions of integer arrays."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def confusion_matrix(predictions: Sequence[int], labels: Sequence[int],
                     num_classes: int) -> np.ndarray:
    """Counts of (true class, predicted class).

    Args:
        predictions: N class indices.
        labels: N class indices.
        num_classes: K; indices lie in [0, K).

    Returns:
        (K, K) int64, true classes along the rows.

    Raises:
        ValueError: The lengths differ or an index lies outside the class set.
    """
    predictions, labels = np.asarray(predictions, np.int64), np.asarray(labels, np.int64)
    if predictions.shape != labels.shape:
        raise ValueError(f'{predictions.size} predictions meet {labels.size} labels')
    for name, values in (('prediction', predictions), ('label', labels)):
        if values.size and not (values.min() >= 0 and values.max() < num_classes):
            raise ValueError(f'a {name} lies outside the {num_classes} classes: indices span '
                             f'{values.min()} to {values.max()}; labels are 0-based')
    counts = np.bincount(labels * num_classes + predictions, minlength=num_classes ** 2)
    return counts.reshape(num_classes, num_classes)


def class_recalls(confusion: np.ndarray) -> np.ndarray:
    """(K,) float64 recall of every class; nan for a class without samples."""
    totals = confusion.sum(1)
    return np.divide(np.diag(confusion), totals, out=np.full(len(confusion), np.nan),
                     where=totals > 0)


def uar(confusion: np.ndarray) -> float:
    """Unweighted average recall: the mean of all K recalls; nan where a class has no samples."""
    return float(class_recalls(confusion).mean())


def war(confusion: np.ndarray) -> float:
    """Weighted average recall: the share of correct predictions."""
    return float(np.trace(confusion) / confusion.sum())


def group_confusion(confusion: np.ndarray, groups: Sequence[int], num_groups: int) -> np.ndarray:
    """Counts of (true group, predicted group) where classes form groups.

    Args:
        confusion: (K, K) counts, true classes along the rows.
        groups: (K,) group of every class, in [0, G).
        num_groups: G.

    Returns:
        (G, G) counts, true groups along the rows.
    """
    members = np.eye(num_groups, dtype=confusion.dtype)[np.asarray(groups)]
    return members.T @ confusion @ members


def summarise(confusion: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """``UAR``, ``WAR`` and ``recall_<name>`` of every class, as the metrics report them."""
    recalls = dict(zip(names, class_recalls(confusion)))
    return dict(UAR=uar(confusion), WAR=war(confusion),
                **{f'recall_{name}': float(recall) for name, recall in recalls.items()})
