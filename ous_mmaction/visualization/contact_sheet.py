from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle


@dataclass
class ContactRow:
    """One clip of a contact sheet.

    Attributes:
        title: Stands above the clip.
        frames: (N, H, W, 3) uint8 RGB frames to show.
        boxes: (N, 4) xyxy face boxes in pixels.
        face: (S, S, 3) uint8 RGB, the face stream's view.
        scene: (S, S, 3) uint8 RGB, the scene stream's view.
    """

    title: str
    frames: np.ndarray
    boxes: np.ndarray
    face: np.ndarray
    scene: np.ndarray


def draw_contact_sheet(clips: Sequence[ContactRow], path: str | Path, columns: int = 2) -> None:
    """Clips as strips: frames with their face box, then what either stream sees of one frame.

    Args:
        clips: Clips with equally many frames, in reading order.
        path: Picture to write.
        columns: Clips side by side.
    """
    views = len(clips[0].frames) + 2
    rows = -(-len(clips) // columns)
    figure = Figure(figsize=(1.25 * views * columns, 1.95 * rows), layout='constrained')
    strips = np.atleast_1d(figure.subfigures(rows, columns, wspace=0.02)).ravel()
    for strip, clip in zip(strips, clips):
        strip.suptitle(clip.title, fontsize=9)
        axes = strip.subplots(1, views)
        pictures = [*clip.frames, clip.face, clip.scene]
        for index, (axis, picture) in enumerate(zip(axes, pictures)):
            axis.imshow(picture)
            axis.set_axis_off()
            if index < len(clip.boxes):
                left, top, right, bottom = clip.boxes[index]
                axis.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False,
                                         edgecolor='white', linewidth=1.5))
                axis.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False,
                                         edgecolor='black', linewidth=0.6))
        axes[-2].set_title('face stream', fontsize=7, pad=2)
        axes[-1].set_title('scene stream', fontsize=7, pad=2)
    figure.savefig(path, dpi=130)
