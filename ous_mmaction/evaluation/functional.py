"""Figures of merit as pure functions of integer arrays."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def confusion_matrix(predictions: Sequence[int], labels: Sequence[int],
                     num_classes: int) -> np.ndarray:
    """Count the pairs of true class and predicted class.

    Args:
        predictions (Sequence[int]): N class indices in [0, K).
        labels (Sequence[int]): N class indices in [0, K).
        num_classes (int): Number of classes K.

    Returns:
        np.ndarray: Counts of shape (K, K), int64, with the true classes along the rows.

    Raises:
        ValueError: If the lengths differ, or an index lies outside the class set.

    Examples:
        >>> confusion_matrix(predictions=[0, 1, 1], labels=[0, 0, 1], num_classes=2).tolist()
        [[1, 1], [0, 1]]
    """
    predictions, labels = np.asarray(predictions, np.int64), np.asarray(labels, np.int64)
    if predictions.shape != labels.shape:
        raise ValueError(f'There are {predictions.size} predictions, but {labels.size} labels')
    for name, values in (('prediction', predictions), ('label', labels)):
        if values.size and not (values.min() >= 0 and values.max() < num_classes):
            raise ValueError(f'A {name} lies outside the {num_classes} classes: the indices span '
                             f'{values.min()} to {values.max()}, but must be counted from 0')
    counts = np.bincount(labels * num_classes + predictions, minlength=num_classes ** 2)
    return counts.reshape(num_classes, num_classes)


def class_recalls(confusion: np.ndarray) -> np.ndarray:
    """Return the recall of every class.

    Args:
        confusion (np.ndarray): Counts of shape (K, K), true classes along the rows.

    Returns:
        np.ndarray: Recalls of shape (K,), float64; nan for a class without samples.

    Examples:
        >>> class_recalls(np.array([[3, 1], [0, 2]])).tolist()
        [0.75, 1.0]
    """
    totals = confusion.sum(1)
    return np.divide(np.diag(confusion), totals, out=np.full(len(confusion), np.nan),
                     where=totals > 0)


def uar(confusion: np.ndarray) -> float:
    """Return the unweighted average recall, the mean of the recalls of all classes.

    Args:
        confusion (np.ndarray): Counts of shape (K, K), true classes along the rows.

    Returns:
        float: Fraction of 1; nan if a class has no samples.

    Examples:
        >>> uar(np.array([[3, 1], [0, 2]]))
        0.875
    """
    return float(class_recalls(confusion).mean())


def war(confusion: np.ndarray) -> float:
    """Return the weighted average recall, the share of correct predictions.

    Args:
        confusion (np.ndarray): Counts of shape (K, K), true classes along the rows.

    Returns:
        float: Fraction of 1.

    Examples:
        >>> round(war(np.array([[3, 1], [0, 2]])), 4)
        0.8333
    """
    return float(np.trace(confusion) / confusion.sum())


def group_confusion(confusion: np.ndarray, groups: Sequence[int], num_groups: int) -> np.ndarray:
    """Count the pairs of true group and predicted group, where classes form groups.

    Args:
        confusion (np.ndarray): Counts of shape (K, K), true classes along the rows.
        groups (Sequence[int]): K groups in [0, G), one per class.
        num_groups (int): Number of groups G.

    Returns:
        np.ndarray: Counts of shape (G, G), true groups along the rows.

    Examples:
        >>> confusion = np.array([[3, 1, 0], [0, 2, 2], [1, 0, 5]])
        >>> group_confusion(confusion, groups=[0, 0, 1], num_groups=2).tolist()
        [[6, 2], [1, 5]]
    """
    members = np.eye(num_groups, dtype=confusion.dtype)[np.asarray(groups)]
    return members.T @ confusion @ members


def summarize(confusion: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """Return the figures of merit as the metrics report them.

    Args:
        confusion (np.ndarray): Counts of shape (K, K), true classes along the rows.
        names (Sequence[str]): K names of the classes.

    Returns:
        dict[str, float]: ``UAR``, ``WAR`` and ``recall_<name>`` of every class, fractions of 1.

    Examples:
        >>> summarize(np.array([[3, 1], [0, 4]]), ['Happy', 'Sad'])
        {'UAR': 0.875, 'WAR': 0.875, 'recall_Happy': 0.75, 'recall_Sad': 1.0}
    """
    recalls = dict(zip(names, class_recalls(confusion)))
    return dict(UAR=uar(confusion), WAR=war(confusion),
                **{f'recall_{name}': float(recall) for name, recall in recalls.items()})
