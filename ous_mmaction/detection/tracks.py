"""From the faces of single frames to the one face of a clip: pure functions on arrays.

A face is a row ``x1, y1, x2, y2, score``, pixels.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass
class Track:
    """One face followed through a clip.

    Args:
        frames (np.ndarray): (n,) ascending numbers of the frames it was seen in; int64.
        faces (np.ndarray): (n, 5) the face in these frames.
    """

    frames: np.ndarray
    faces: np.ndarray

    @property
    def weight(self) -> float:
        """Sum over its frames of the square root of the area times the score.

        It grows with size and with presence: a large face seen in half of the clip weighs as much
        as one of half its width seen in all of it.
        """
        width_height = self.faces[:, 2:4] - self.faces[:, :2]
        return float((np.sqrt(width_height.prod(axis=1)) * self.faces[:, 4]).sum())


def box_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of boxes (n, 4) with boxes (m, 4): (n, m)."""
    top_left = np.maximum(a[:, None, :2], b[None, :, :2])
    bottom_right = np.minimum(a[:, None, 2:4], b[None, :, 2:4])
    inter = (bottom_right - top_left).clip(0).prod(axis=2)
    area_a, area_b = ((box[:, 2:4] - box[:, :2]).prod(axis=1) for box in (a, b))
    return inter / (area_a[:, None] + area_b[None] - inter)


def link_faces(frames: Sequence[int],
               faces: Sequence[np.ndarray],
               iou_threshold: float = 0.3) -> list[Track]:
    """Join the faces of successive frames into tracks.

    In each frame the pair of a track (its latest box) and a face with the highest IoU is joined
    first, then the next, down to the threshold; a face left over opens a track. A track may pause
    for any number of frames: in a cut to another person and back, the first one is one track.

    Args:
        frames (Sequence[int]): Ascending numbers of the M frames that were searched.
        faces (Sequence[np.ndarray]): For each of them the faces found, (n_i, 5).
        iou_threshold (float): Least IoU of a face with the track that it continues.

    Returns:
        list[Track]: In the order in which they appeared.
    """
    seen: list[list[tuple[int, np.ndarray]]] = []
    for frame, found in zip(frames, faces):
        found = np.asarray(found, np.float32).reshape(-1, 5)
        new = set(range(len(found)))
        if seen and new:
            overlap = box_iou(np.stack([track[-1][1] for track in seen]), found)
            while overlap.max() >= iou_threshold:
                track, face = np.unravel_index(overlap.argmax(), overlap.shape)
                seen[track].append((frame, found[face]))
                new.remove(face)
                overlap[track], overlap[:, face] = -1, -1
        seen += [[(frame, found[face])] for face in sorted(new)]
    return [
        Track(np.array([frame for frame, _ in track]), np.stack([face for _, face in track]))
        for track in seen
    ]


def fill_gaps(track: Track, num_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Boxes of all frames: linear between the frames of the track, held before and after it.

    Args:
        track (Track): The face.
        num_frames (int): Length N of the clip.

    Returns:
        tuple[np.ndarray, np.ndarray]: Boxes (N, 4) xyxy, float32, and where they were seen rather
        than filled in, (N,) bool.
    """
    everywhere = np.arange(num_frames)
    boxes = [np.interp(everywhere, track.frames, side) for side in track.faces[:, :4].T]
    return np.stack(boxes, axis=1).astype(np.float32), np.isin(everywhere, track.frames)


def follow_face(frames: Sequence[int],
                faces: Sequence[np.ndarray],
                num_frames: int) -> tuple[np.ndarray, np.ndarray] | None:
    """The one face that a clip keeps: the track of the greatest :attr:`Track.weight`.

    Args:
        frames (Sequence[int]): Ascending numbers of the M frames that were searched.
        faces (Sequence[np.ndarray]): For each of them the faces found, (n_i, 5).
        num_frames (int): Length N of the clip.

    Returns:
        tuple[np.ndarray, np.ndarray] | None: As :func:`fill_gaps`; None if there is no face at
        all.
    """
    tracks = link_faces(frames, faces)
    if not tracks:
        return None
    return fill_gaps(max(tracks, key=lambda track: track.weight), num_frames)
