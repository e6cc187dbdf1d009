from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from sklearn.manifold import TSNE
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

# Distinguishable without color. MAFW has eleven classes.
MARKERS = 'os^DvPX*<>pHd8h'
PERPLEXITY = 30
MIN_CLIPS = 5


def embed(features: np.ndarray, seed: int = 0) -> np.ndarray:
    """Embed features in the plane by t-SNE with cosine distance, reproducibly.

    Args:
        features (np.ndarray): Features of shape (N, C), one row per clip.
        seed (int): Seed of t-SNE's random numbers. Defaults to 0.

    Returns:
        np.ndarray: Positions, float32 of shape (N, 2).

    Raises:
        ValueError: If N is too small.
    """
    if len(features) < MIN_CLIPS:
        raise ValueError(f'Clusters of {len(features)} clips cannot be drawn. Give at least '
                         f'{MIN_CLIPS} clips')
    # t-SNE needs about three times as many neighbors as its perplexity.
    perplexity = min(PERPLEXITY, (len(features) - 1) / 3)
    tsne = TSNE(perplexity=perplexity, metric='cosine', init='pca', random_state=seed)
    with threadpool_limits(1):  # threads would sum in any order
        return tsne.fit_transform(np.asarray(features, np.float64))


def silhouette(features: np.ndarray, labels: np.ndarray) -> float | None:
    """Measure how well classes are separated, by the mean silhouette with cosine distance.

    Args:
        features (np.ndarray): Features of shape (N, C), one row per clip.
        labels (np.ndarray): Class indices of shape (N,).

    Returns:
        float | None: Mean silhouette from -1 to 1. None if it is undefined: for a single class, or
        if no class has two clips.

    Examples:
        >>> round(silhouette(np.array([[1, 0], [2, 0], [0, 1]]), np.array([0, 0, 1])), 3)
        0.667
    """
    if not 2 <= len(np.unique(labels)) < len(labels):
        return None
    return float(silhouette_score(np.asarray(features, np.float64), labels, metric='cosine'))


def clusters_figure(positions: Mapping[str, np.ndarray],
                    silhouettes: Mapping[str, float | None], labels: np.ndarray,
                    class_names: Sequence[str]) -> Figure:
    """Draw clips in the plane at several stages of a model, side by side (paper Fig. 5).

    Args:
        positions (Mapping[str, np.ndarray]): Positions of shape (N, 2) from :func:`embed` by stage.
        silhouettes (Mapping[str, float | None]): Silhouettes of the features themselves by stage.
        labels (np.ndarray): True classes of shape (N,), distinguished by shape and by shade.
        class_names (Sequence[str]): K names in class order.

    Returns:
        Figure: The figure.

    Raises:
        ValueError: If there are more classes than marker shapes.
    """
    count = len(class_names)
    if count > len(MARKERS):
        raise ValueError(f'Clusters of {count} classes cannot be drawn. There are only '
                         f'{len(MARKERS)} marker shapes')
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
