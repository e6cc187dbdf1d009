"""From the faces of single frames to the one face of a clip, as pure functions on arrays.

A face is a row ``x1, y1, x2, y2, score``, with coordinates in pixels.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass
class Track:
    """One face, followed through a clip.

    Args:
        frames (np.ndarray): Ascending indices of the n frames with the face; int64 of shape (n,).
        faces (np.ndarray): The face in these frames, of shape (n, 5).
    """

    frames: np.ndarray
    faces: np.ndarray

    @property
    def weight(self) -> float:
        """Sum over the track's frames of the square root of the area, times the score.

        The weight grows with size and with presence. A large face in half of the clip weighs as
        much as a face of half its width in the whole clip.
        """
        width_height = self.faces[:, 2:4] - self.faces[:, :2]
        return float((np.sqrt(width_height.prod(axis=1)) * self.faces[:, 4]).sum())


def box_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Compute the intersection over union of all pairs of boxes.

    Args:
        a (np.ndarray): Boxes of shape (n, 4) or (n, 5), xyxy first.
        b (np.ndarray): Boxes of shape (m, 4) or (m, 5), xyxy first.

    Returns:
        np.ndarray: IoU of shape (n, m).

    Examples:
        >>> box_iou(np.array([[0, 0, 2, 2]]), np.array([[1, 0, 3, 2], [4, 4, 5, 5]])).round(3)
        array([[0.333, 0.   ]])
    """
    top_left = np.maximum(a[:, None, :2], b[None, :, :2])
    bottom_right = np.minimum(a[:, None, 2:4], b[None, :, 2:4])
    inter = (bottom_right - top_left).clip(0).prod(axis=2)
    area_a, area_b = ((box[:, 2:4] - box[:, :2]).prod(axis=1) for box in (a, b))
    return inter / (area_a[:, None] + area_b[None] - inter)


def drop_nested(boxes: np.ndarray, scores: np.ndarray, share: float = 0.6) -> np.ndarray:
    """Keep only the best one of several boxes on one face.

    Args:
        boxes (np.ndarray): Boxes xyxy of shape (n, 4).
        scores (np.ndarray): Scores of shape (n,).
        share (float): A box is dropped if its intersection with a better box covers more than this
            share of the smaller one of the two. Defaults to 0.6.

    Returns:
        np.ndarray: Ascending indices of the kept boxes.

    Examples:
        >>> boxes = np.array([[0, 0, 4, 4], [1, 1, 3, 3], [4, 0, 8, 4]])
        >>> drop_nested(boxes, np.array([0.7, 0.9, 0.5])).tolist()
        [1, 2]
    """
    kept: list[int] = []
    areas = (boxes[:, 2:4] - boxes[:, :2]).prod(axis=1)
    for index in np.argsort(-scores, kind='stable').tolist():
        top_left = np.maximum(boxes[kept, :2], boxes[index, :2])
        bottom_right = np.minimum(boxes[kept, 2:4], boxes[index, 2:4])
        inter = (bottom_right - top_left).clip(0).prod(axis=1)
        if (inter <= share * np.minimum(areas[kept], areas[index])).all():
            kept.append(index)
    return np.array(sorted(kept), int)


def link_faces(frames: Sequence[int],
               faces: Sequence[np.ndarray],
               iou_threshold: float = 0.3) -> list[Track]:
    """Link the faces of successive frames into tracks.

    In each frame, the track (by its latest box) and the face with the highest IoU are joined first,
    then the next pair, down to the threshold. Every remaining face opens a track. A track may pause
    for any number of frames, so that after a cut to another person and back the first person is
    still one track.

    Args:
        frames (Sequence[int]): Ascending indices of the M searched frames.
        faces (Sequence[np.ndarray]): Detected faces of each searched frame, of shape (n_i, 5).
        iou_threshold (float): Minimum IoU of a face with the track that it continues. Defaults to
            0.3.

    Returns:
        list[Track]: The tracks in the order of their first frames.
    """
    tracks: list[list[tuple[int, np.ndarray]]] = []
    for frame, detected in zip(frames, faces):
        detected = np.asarray(detected, np.float32).reshape(-1, 5)
        unlinked = set(range(len(detected)))
        if tracks and unlinked:
            overlap = box_iou(np.stack([track[-1][1] for track in tracks]), detected)
            while overlap.max() >= iou_threshold:
                track, face = np.unravel_index(overlap.argmax(), overlap.shape)
                tracks[track].append((frame, detected[face]))
                unlinked.remove(face)
                overlap[track], overlap[:, face] = -1, -1
        tracks += [[(frame, detected[face])] for face in sorted(unlinked)]
    return [
        Track(np.array([frame for frame, _ in track]), np.stack([face for _, face in track]))
        for track in tracks
    ]


def fill_gaps(track: Track, num_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Extend a track to all frames of its clip.

    Boxes are interpolated linearly between the frames of the track. Before and after them, the
    first and the last box are repeated.

    Args:
        track (Track): The face.
        num_frames (int): Length N of the clip.

    Returns:
        tuple[np.ndarray, np.ndarray]: Boxes, float32 of shape (N, 4), xyxy; and a bool mask of
        shape (N,), True where the face was detected and False where its box is filled in.
    """
    all_frames = np.arange(num_frames)
    boxes = [np.interp(all_frames, track.frames, side) for side in track.faces[:, :4].T]
    return np.stack(boxes, axis=1).astype(np.float32), np.isin(all_frames, track.frames)


def follow_face(frames: Sequence[int],
                faces: Sequence[np.ndarray],
                num_frames: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Follow the one face that a clip keeps: the track with the greatest :attr:`Track.weight`.

    Args:
        frames (Sequence[int]): Ascending indices of the M searched frames.
        faces (Sequence[np.ndarray]): Detected faces of each searched frame, of shape (n_i, 5).
        num_frames (int): Length N of the clip.

    Returns:
        tuple[np.ndarray, np.ndarray] | None: Boxes and mask as :func:`fill_gaps` returns them, or
        None if no frame has a face.
    """
    tracks = link_faces(frames, faces)
    if not tracks:
        return None
    return fill_gaps(max(tracks, key=lambda track: track.weight), num_frames)
