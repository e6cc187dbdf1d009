from __future__ import annotations

from pathlib import Path
from typing import Sequence

import numpy as np
from matplotlib.figure import Figure

from ..evaluation.functional import uar, war


def draw_confusion_matrix(confusion: np.ndarray, class_names: Sequence[str], path: str | Path,
                          title: str = '') -> None:
    """Row-normalised confusion matrix in grey, with counts (paper Fig. 4).

    Args:
        confusion: (K, K) counts, true classes along the rows.
        class_names: K names in class order.
        path: Picture to write; the suffix chooses the format (.png, .pdf).
        title: Stands before UAR and WAR.
    """
    count = len(class_names)
    share = confusion / np.maximum(confusion.sum(1, keepdims=True), 1)
    figure = Figure(figsize=(1.8 + 0.75 * count, 1.4 + 0.65 * count), layout='constrained')
    axes = figure.add_subplot()
    image = axes.imshow(share, cmap='Greys', vmin=0, vmax=1)
    for row in range(count):
        for column in range(count):
            axes.text(column, row, f'{share[row, column]:.2f}\n({confusion[row, column]})',
                      ha='center', va='center', fontsize=8,
                      color='white' if share[row, column] > 0.5 else 'black')
    axes.set_xticks(range(count), class_names, rotation=45, ha='right', rotation_mode='anchor')
    axes.set_yticks(range(count), class_names)
    axes.set_xlabel('predicted')
    axes.set_ylabel('true')
    axes.set_title(f'{title}  UAR {uar(confusion):.3f}, WAR {war(confusion):.3f}'.strip())
    figure.colorbar(image, shrink=0.8, label='share of the true class')
    figure.savefig(path, dpi=150)
