from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

LABELS = dict(face=r'$V_{ft}$' + '\nface', scene=r'$V_{st}$' + '\nscene',
              polarity=r'$V_{pol}$' + '\npolarity', previous='previous\noutput')


def attention_figure(shares: np.ndarray, panels: Sequence[str], rows: Sequence[str],
                     sources: Sequence[str], row_label: str, title: str = '') -> Figure:
    """Draw shares of the attention as numbers on gray, with the panels side by side.

    Args:
        shares (np.ndarray): Shares of shape (P, R, S) in [0, 1]. The shares of a row sum to 1.
        panels (Sequence[str]): P titles.
        rows (Sequence[str]): R names.
        sources (Sequence[str]): S keys of ``LABELS``.
        row_label (str): Label of the axis along the rows.
        title (str): Title of the figure. Defaults to ``''``.

    Returns:
        Figure: The figure.
    """
    height = 0.3 * len(rows) + 1.5
    longest = max(map(len, rows))
    figure = Figure(figsize=(1. + 0.09 * longest + 0.78 * len(sources) * len(panels), height),
                    layout='constrained')
    grid = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axes, panel, values in zip(grid, panels, shares):
        image = axes.imshow(100 * values, cmap='Greys', vmin=0, vmax=100, aspect='auto')
        for (row, column), value in np.ndenumerate(values):
            axes.text(column, row, f'{100 * value:.1f}', ha='center', va='center', fontsize=8,
                      color='white' if value > 0.6 else 'black')
        axes.set_xticks(range(len(sources)), [LABELS[name] for name in sources], fontsize=8)
        axes.set_title(panel, fontsize=10)
        axes.tick_params(left=False)
    grid[0].set_yticks(range(len(rows)), rows)
    grid[0].set_ylabel(row_label)
    figure.colorbar(image, ax=list(grid), label='% of the attention')
    figure.suptitle(title, fontsize=11)
    return figure
