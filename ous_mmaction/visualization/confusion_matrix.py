from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ..evaluation.functional import uar, war


def confusion_figure(confusion: np.ndarray, class_names: Sequence[str],
                     title: str = '') -> Figure:
    """Draw a row-normalized confusion matrix in gray, percentages above counts (paper Fig. 4).

    Args:
        confusion (np.ndarray): Counts of shape (K, K), with the true classes along the rows.
        class_names (Sequence[str]): K names in class order.
        title (str): Text before UAR and WAR. Defaults to ``''``.

    Returns:
        Figure: The figure.
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
