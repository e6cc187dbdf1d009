from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle

COLUMNS = 8
TILE = 1.25  # inches
BARS = 3.4


def draw_inference_sheet(path: str | Path, *, title: str, ranking: Sequence[tuple[str, float]],
                         frame_inds: Sequence[int], frames: np.ndarray, boxes: np.ndarray,
                         detected: np.ndarray, face: np.ndarray, scene: np.ndarray) -> None:
    """Draw the frames of a video that a model saw, and its prediction.

    Each frame is drawn with its face box, which is dashed if it is filled in from other frames.
    Below each frame are the views of the face stream and the scene stream. The probabilities are
    to the right.

    Args:
        path (str | Path): Image file to write. Its suffix chooses the format (.png, .pdf).
        title (str): Title of the figure.
        ranking (Sequence[tuple[str, float]]): Classes and their probabilities, the most likely
            class first.
        frame_inds (Sequence[int]): Indices of the T frames.
        frames (np.ndarray): Frames, uint8 RGB of shape (T, H, W, 3).
        boxes (np.ndarray): Face boxes of shape (T, 4), xyxy in pixels.
        detected (np.ndarray): Bool of shape (T,), False where a box is filled in. If it is False
            everywhere, no box is drawn.
        face (np.ndarray): Views of the face stream, uint8 RGB of shape (T, S, S, 3).
        scene (np.ndarray): Views of the scene stream, uint8 RGB of shape (T, S, S, 3).
    """
    count = len(frames)
    height, width = frames.shape[1:3]
    columns = min(count, COLUMNS)
    bands = -(-count // columns)
    heights = [height / width, 1, 1] * bands
    figure = Figure(figsize=(TILE * columns + BARS, max(TILE * sum(heights) + 0.6, 3)),
                    layout=ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03, wspace=0, hspace=0))
    figure.suptitle(title, fontsize=11)
    left, right = figure.subfigures(1, 2, width_ratios=(TILE * columns, BARS))
    axes = left.subplots(3 * bands, columns, height_ratios=heights, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for index in range(count):
        band, column = divmod(index, columns)
        views = axes[3 * band:3 * band + 3, column]
        for axis, stream in zip(views, (frames, face, scene)):
            axis.imshow(stream[index])
        views[0].set_title(f'frame {frame_inds[index]}', fontsize=7, pad=2)
        if np.any(detected):
            _outline(views[0], boxes[index], '-' if detected[index] else '--')
    for row, label in enumerate(('frame', 'face', 'scene') * bands):
        axes[row, 0].text(-0.06, 0.5, label, transform=axes[row, 0].transAxes, fontsize=8,
                          rotation=90, ha='right', va='center')
    _draw_bars(right.subplots(), ranking)
    figure.savefig(path, dpi=130)


def _outline(axis: Axes, box: np.ndarray, style: str) -> None:
    left, top, right, bottom = box
    for color, width in (('black', 2.4), ('white', 1.2)):
        axis.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False,
                                 edgecolor=color, linewidth=width, linestyle=style))


def _draw_bars(axis: Axes, ranking: Sequence[tuple[str, float]]) -> None:
    names, shares = zip(*reversed(ranking))
    axis.barh(names, shares, color='0.35')
    for row, share in enumerate(shares):
        axis.text(share + 0.02, row, f'{share:.2f}', va='center', fontsize=8)
    axis.set_xlim(0, 1.15)
    axis.set_box_aspect(0.15 * len(names))
    axis.set_anchor('N')
    axis.set_xticks([])
    axis.tick_params(left=False, labelsize=9)
    axis.spines[['top', 'right', 'bottom']].set_visible(False)
    axis.set_xlabel('probability', fontsize=8)
