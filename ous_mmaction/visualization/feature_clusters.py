from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from sklearn.manifold import TSNE
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

# Told apart without colour; MAFW has eleven classes.
MARKERS = 'os^DvPX*<>pHd8h'
PERPLEXITY = 30
MIN_CLIPS = 5


def embed(features: np.ndarray, seed: int = 0) -> np.ndarray:
    """t-SNE by cosine distance; the same features and seed give the same picture.

    Args:
        features: (N, C), one row a clip.
        seed: Of t-SNE's random numbers.

    Returns:
        (N, 2) float32.

    Raises:
        ValueError: N is too small.
    """
    if len(features) < MIN_CLIPS:
        raise ValueError(f'clusters of {len(features)} clips cannot be drawn: it takes '
                         f'{MIN_CLIPS} at least')
    # Each clip needs some three times as many others as t-SNE's perplexity.
    perplexity = min(PERPLEXITY, (len(features) - 1) / 3)
    tsne = TSNE(perplexity=perplexity, metric='cosine', init='pca', random_state=seed)
    with threadpool_limits(1):  # threads would add up in any order
        return tsne.fit_transform(np.asarray(features, np.float64))


def silhouette(features: np.ndarray, labels: np.ndarray) -> float | None:
    """How well classes are apart: mean silhouette by cosine distance, from -1 to 1.

    Args:
        features: (N, C), one row a clip.
        labels: (N,) class indices.

    Returns:
        None where it is undefined: a single class, or no class with two clips.
    """
    if not 2 <= len(np.unique(labels)) < len(labels):
        return None
    return float(silhouette_score(np.asarray(features, np.float64), labels, metric='cosine'))


def clusters_figure(positions: Mapping[str, np.ndarray],
                    silhouettes: Mapping[str, float | None], labels: np.ndarray,
                    class_names: Sequence[str]) -> Figure:
    """Clips in the plane at several stages of a model, side by side (paper Fig. 5).

    Args:
        positions: By stage, (N, 2) from :func:`embed`.
        silhouettes: By stage, of the features themselves.
        labels: (N,) true classes, told apart by shape and by shade.
        class_names: K names in class order.

    Raises:
        ValueError: There are more classes than shapes.
    """
    count = len(class_names)
    if count > len(MARKERS):
        raise ValueError(f'clusters of {count} classes cannot be drawn: there are {len(MARKERS)} '
                         'shapes of markers')
    shades = matplotlib.colormaps['viridis'](np.linspace(0, 0.97, count))
    columns = count if count < 8 else -(-count // 2)
    figure = Figure(figsize=(3.6 * len(positions), 4.1 + 0.25 * (-(-count // columns))),
                    layout='constrained')
    size = 34 if len(labels) < 500 else 14
    for axes, (stage, places) in zip(figure.subplots(1, len(positions), squeeze=False)[0],
                                     positions.items()):
        for index, name in enumerate(class_names):
            axes.scatter(*places[labels == index].T, size, [shades[index]],
                         marker=MARKERS[index], edgecolors='black', linewidths=0.4, label=name)
        score = silhouettes[stage]
        axes.set_title(f'{stage}\nsilhouette ' + ('undefined' if score is None
                                                  else f'{score:.3f}'), fontsize=11)
        axes.set_xticks([])
        axes.set_yticks([])
    figure.legend(*axes.get_legend_handles_labels(), loc='outside lower center',
                  ncols=columns, frameon=False)
    return figure
