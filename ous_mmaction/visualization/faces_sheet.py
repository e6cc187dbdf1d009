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

DETECTED, FILLED = 'lime', 'orange'


@dataclass
class FacesRow:
    """One clip of a sheet of faces.

    Args:
        title (str): Text above the clip.
        frames (np.ndarray): Frames to show, uint8 RGB of shape (N, H, W, 3).
        boxes (np.ndarray): Face boxes of shape (N, 4), xyxy in pixels.
        detected (np.ndarray): Bool of shape (N,), False where the box is filled in.
        has_face (bool): Whether the clip has a face at all.
    """

    title: str
    frames: np.ndarray
    boxes: np.ndarray
    detected: np.ndarray
    has_face: bool


def doubtful_clips(clips: Iterable[FaceBoxes], stride: int, count: int) -> list[FaceBoxes]:
    """Choose the clips that most need a look.

    Clips without a face come first, then clips by the fraction of filled-in frames.

    Args:
        clips (Iterable[FaceBoxes]): All clips.
        stride (int): Stride of the search.
        count (int): Maximum number of clips to choose.

    Returns:
        list[FaceBoxes]: The chosen clips, the most doubtful first.
    """

    def doubt(clip: FaceBoxes) -> tuple[bool, float, int]:
        return not clip.has_face, summarize([clip], stride).filled_share, clip.num_faces

    return heapq.nlargest(count, clips, key=doubt)


def draw_faces_sheet(clips: Sequence[FacesRow], path: str | Path, columns: int = 3) -> None:
    """Draw clips as strips of frames, with detected boxes in green and filled-in ones in orange.

    Args:
        clips (Sequence[FacesRow]): Clips in reading order, with the same number of frames.
        path (str | Path): Image file to write.
        columns (int): Number of clips side by side. Defaults to 3.
    """
    views, rows = len(clips[0].frames), -(-len(clips) // columns)
    figure = Figure(figsize=(1.5 * views * columns, 1.75 * rows), layout='constrained')
    axes = figure.subplots(rows, views * columns, squeeze=False).reshape(rows * columns, views)
    for axis in axes.ravel():
        axis.set_axis_off()
    for strip, clip in zip(axes, clips):
        strip[0].set_title(clip.title, fontsize=8, loc='left', pad=3,
                           color='black' if clip.has_face else 'red')
        for axis, frame, box, detected in zip(strip, clip.frames, clip.boxes, clip.detected):
            axis.imshow(frame)
            if clip.has_face:
                left, top, right, bottom = box
                axis.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False,
                                         edgecolor=DETECTED if detected else FILLED, linewidth=1.5))
    with warnings.catch_warnings():
        # The figure can do without characters of a clip's name that the font lacks.
        warnings.filterwarnings('ignore', 'Glyph .* missing from')
        figure.savefig(path, dpi=130)


def draw_doubtful_clips(boxes_file: str | Path, ann_files: Sequence[str | Path],
                        data_root: str | Path, stride: int, path: str | Path, count: int = 24,
                        num_frames: int = 3) -> None:
    """Draw the doubtful clips of a face boxes file.

    Args:
        boxes_file (str | Path): File written by ``tools/extract_faces.py``.
        ann_files (Sequence[str | Path]): Annotation files of its clips.
        data_root (str | Path): Folder that the records' paths are relative to.
        stride (int): Stride of the search.
        path (str | Path): Image file to write.
        count (int): Maximum number of clips to show. Defaults to 24.
        num_frames (int): Frames to show per clip, spread over the searched ones. Defaults to 3.
    """
    paths = {clip.clip_id: clip.path for clip in read_clips(ann_files, data_root)[1]}
    clips = (clip for clip in iter_face_boxes(boxes_file) if clip.clip_id in paths)

    def row(clip: FaceBoxes) -> FacesRow:
        searched = frames_to_search(len(clip.detected), stride)
        chosen = searched[np.linspace(0, len(searched) - 1, num_frames).round().astype(int)]
        filled = summarize([clip], stride).filled_share
        title = clip.clip_id + (', no face' if not clip.has_face else f', {filled:.0%} filled in'
                                if filled else '')
        title += f', {clip.num_faces} faces' if clip.num_faces > 1 else ''
        with open_video(paths[clip.clip_id]) as video:
            frames = video.read(chosen)
        return FacesRow(title, frames, clip.boxes[chosen], clip.detected[chosen], clip.has_face)

    draw_faces_sheet([row(clip) for clip in doubtful_clips(clips, stride, count)], path)
