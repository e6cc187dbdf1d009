"""Figures of a cross-validation as a pure function of its confusion matrices."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .functional import class_recalls, uar, war


class FoldSummary(NamedTuple):
    """Figures of a cross-validation, as fractions of 1.

    Attributes:
        UAR (list[float]): UAR of every fold.
        WAR (list[float]): WAR of every fold.
        pooled_UAR (float): UAR of the predictions of all folds together.
        pooled_WAR (float): WAR of the predictions of all folds together.
        recalls (list[float]): Recall of each of the K classes, averaged over the folds.
        pooled_recalls (list[float]): Recall of each of the K classes, for the predictions of all
            folds together.
    """

    UAR: list[float]
    WAR: list[float]
    pooled_UAR: float
    pooled_WAR: float
    recalls: list[float]
    pooled_recalls: list[float]


def summarize_folds(confusions: Sequence[np.ndarray]) -> FoldSummary:
    """Average over the folds in both ways that the field uses.

    Args:
        confusions (Sequence[np.ndarray]): For each fold, counts of shape (K, K) with the true
            classes along the rows. Every class has clips in every fold.

    Returns:
        FoldSummary: Figures per fold and of the pooled predictions.

    Examples:
        >>> summary = summarize_folds([np.array([[3, 1], [0, 2]]), np.array([[1, 1], [1, 1]])])
        >>> summary.UAR, summary.pooled_WAR
        ([0.875, 0.5], 0.7)
    """
    pooled = np.sum(confusions, axis=0)
    return FoldSummary(
        [uar(confusion) for confusion in confusions], [war(confusion) for confusion in confusions],
        uar(pooled), war(pooled),
        np.mean([class_recalls(confusion) for confusion in confusions], axis=0).tolist(),
        class_recalls(pooled).tolist())
