"""Figures of a cross-validation as a pure function of its confusion matrices."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .functional import class_recalls, uar, war


class FoldSummary(NamedTuple):
    """Fractions of 1.

    Attributes:
        UAR: Of every fold.
        WAR: Of every fold.
        pooled_UAR: Of the predictions of all folds together.
        pooled_WAR: Likewise.
        recalls: (K,) of every class, the mean over folds.
        pooled_recalls: (K,) of every class over the predictions of all folds together.
    """

    UAR: list[float]
    WAR: list[float]
    pooled_UAR: float
    pooled_WAR: float
    recalls: list[float]
    pooled_recalls: list[float]


def summarise_folds(confusions: Sequence[np.ndarray]) -> FoldSummary:
    """Both ways that the field averages over folds.

    Args:
        confusions: For each fold (K, K) counts, true classes along the rows, none without clips.
    """
    pooled = np.sum(confusions, axis=0)
    return FoldSummary(
        [uar(confusion) for confusion in confusions], [war(confusion) for confusion in confusions],
        uar(pooled), war(pooled),
        np.mean([class_recalls(confusion) for confusion in confusions], axis=0).tolist(),
        class_recalls(pooled).tolist())
