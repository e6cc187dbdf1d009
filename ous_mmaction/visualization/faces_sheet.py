from __future__ import annotations

import heapq
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..datasets.face_boxes import FaceBoxes, iter_face_boxes
from ..detection.extraction import read_clips, summarize
from ..detection.search import frames_to_search
from ..video import open_video

SEEN, FILLED = 'lime', 'orange'


@dataclass
class FacesRow:
    """One clip of a sheet of faces.

    Args:
        title (str): Stands above the clip.
        frames (np.ndarray): (N, H, W, 3) uint8 RGB frames to show.
        boxes (np.ndarray): (N, 4) xyxy face boxes in pixels.
        detected (np.ndarray): (N,) bool, False where the box is filled in.
        found (bool): Whether the clip has a face at all.
    """

    title: str
    frames: np.ndarray
    boxes: np.ndarray
    detected: np.ndarray
    found: bool


def doubtful_clips(clips: Iterable[FaceBoxes], stride: int, count: int) -> list[FaceBoxes]:
    """Of all clips those to look at: first without a face, then by share of frames filled in."""

    def doubt(clip: FaceBoxes) -> tuple[bool, float, int]:
        return not clip.found, summarize([clip], stride).filled_share, clip.num_faces

    return heapq.nlargest(count, clips, key=doubt)


def draw_faces_sheet(clips: Sequence[FacesRow], path: str | Path, columns: int = 3) -> None:
    """Clips as strips of frames: the face box green where it was seen, orange where filled in.

    Args:
        clips (Sequence[FacesRow]): Clips with equally many frames, in reading order.
        path (str | Path): Picture to write.
        columns (int): Clips side by side.
    """
    views, rows = len(clips[0].frames), -(-len(clips) // columns)
    figure = Figure(figsize=(1.5 * views * columns, 1.75 * rows), layout='constrained')
    axes = figure.subplots(rows, views * columns, squeeze=False).reshape(rows * columns, views)
    for axis in axes.ravel():
        axis.set_axis_off()
    for strip, clip in zip(axes, clips):
        strip[0].set_title(clip.title, fontsize=8, loc='left', pad=3,
                           color='black' if clip.found else 'red')
        for axis, frame, box, detected in zip(strip, clip.frames, clip.boxes, clip.detected):
            axis.imshow(frame)
            if clip.found:
                left, top, right, bottom = box
                axis.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False,
                                         edgecolor=SEEN if detected else FILLED, linewidth=1.5))
    with warnings.catch_warnings():
        # The picture can do without the characters of a clip's name that the font lacks.
        warnings.filterwarnings('ignore', 'Glyph .* missing from')
        figure.savefig(path, dpi=130)


def sheet_of_boxes(boxes_file: str | Path, ann_files: Sequence[str | Path], data_root: str | Path,
                   stride: int, path: str | Path, count: int = 24, num_frames: int = 3) -> None:
    """Draw the doubtful clips of a face boxes file.

    Args:
        boxes_file (str | Path): Written by ``tools/extract_faces.py``.
        ann_files (Sequence[str | Path]): Annotation files of its clips.
        data_root (str | Path): Folder that the records' paths are relative to.
        stride (int): Every so many frames were searched.
        path (str | Path): Picture to write.
        count (int): Clips to show.
        num_frames (int): Frames shown of a clip, spread over those that were searched.
    """
    paths = {clip.clip_id: clip.path for clip in read_clips(ann_files, data_root)[1]}
    asked = (clip for clip in iter_face_boxes(boxes_file) if clip.clip_id in paths)

    def row(clip: FaceBoxes) -> FacesRow:
        searched = frames_to_search(len(clip.detected), stride)
        chosen = searched[np.linspace(0, len(searched) - 1, num_frames).round().astype(int)]
        filled = summarize([clip], stride).filled_share
        title = clip.clip_id + (', no face' if not clip.found else f', {filled:.0%} filled in'
                                if filled else '')
        title += f', {clip.num_faces} faces' if clip.num_faces > 1 else ''
        with open_video(paths[clip.clip_id]) as video:
            frames = video.read(chosen)
        return FacesRow(title, frames, clip.boxes[chosen], clip.detected[chosen], clip.found)

    draw_faces_sheet([row(clip) for clip in doubtful_clips(asked, stride, count)], path)
