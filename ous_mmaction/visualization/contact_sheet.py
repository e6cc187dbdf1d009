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

    Args:
        title (str): Text above the clip.
        frames (np.ndarray): Frames to show, uint8 RGB of shape (N, H, W, 3).
        boxes (np.ndarray): Face boxes of shape (N, 4), xyxy in pixels.
        face (np.ndarray): View of the face stream, uint8 RGB of shape (S, S, 3).
        scene (np.ndarray): View of the scene stream, uint8 RGB of shape (S, S, 3).
    """

    title: str
    frames: np.ndarray
    boxes: np.ndarray
    face: np.ndarray
    scene: np.ndarray


def draw_contact_sheet(clips: Sequence[ContactRow], path: str | Path, columns: int = 2) -> None:
    """Draw clips as strips: frames with their face boxes, then both streams' views of one frame.

    Args:
        clips (Sequence[ContactRow]): Clips in reading order, with the same number of frames.
        path (str | Path): Image file to write.
        columns (int): Number of clips side by side. Defaults to 2.
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
