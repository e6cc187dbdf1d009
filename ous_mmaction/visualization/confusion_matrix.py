from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ..evaluation.functional import uar, war
from .save_figure import save_figure


def confusion_figure(confusion: np.ndarray, class_names: Sequence[str],
                     title: str = '') -> Figure:
    """Row-normalised confusion matrix in grey, per cent above counts (paper Fig. 4).

    Args:
        confusion: (K, K) counts, true classes along the rows.
        class_names: K names in class order.
        title: Stands before UAR and WAR.
    """
    count = len(class_names)
    share = 100 * confusion / np.maximum(confusion.sum(1, keepdims=True), 1)
    figure = Figure(figsize=(2.4 + 0.62 * count, 1.6 + 0.55 * count), layout='constrained')
    axes = figure.add_subplot()
    image = axes.imshow(share, cmap='Greys', vmin=0, vmax=100)
    for row in range(count):
        for column in range(count):
            number = confusion[row, column]
            axes.text(column, row, f'{share[row, column]:.1f}\n({number})' if number else '0',
                      ha='center', va='center', fontsize=8 if number < 1000 else 7,
                      color='white' if share[row, column] > 60 else 'black')
    axes.set_xticks(range(count), class_names, rotation=45, ha='right', rotation_mode='anchor')
    axes.set_yticks(range(count), class_names)
    axes.set_xlabel('predicted')
    axes.set_ylabel('true')
    figure.suptitle(f'{title}  UAR {uar(confusion):.3f}, WAR {war(confusion):.3f}'.strip(),
                    fontsize=11)
    figure.colorbar(image, shrink=0.8, label='% of the true class (clips)')
    return figure


def draw_confusion_matrix(confusion: np.ndarray, class_names: Sequence[str], path: str | Path,
                          title: str = '') -> None:
    """Write :func:`confusion_figure`.

    Args:
        path: Picture to write; the suffix chooses the format (.png, .pdf).
    """
    save_figure(confusion_figure(confusion, class_names, title), path)
