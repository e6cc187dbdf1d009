"""Finding the faces of many clips, in batches that run across clips."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

import numpy as np

from ..datasets.face_boxes import FaceBoxes
from ..video import VideoError, open_video
from .face_detector import FaceDetector
from .tracks import follow_face

FoundFaces = Union[FaceBoxes, VideoError]


@dataclass(frozen=True)
class ClipToSearch:
    """A clip to search.

    Args:
        clip_id (str): Its id in the annotation file.
        path (Path): Video file or folder of frames.
        num_frames (int): Its length.
    """

    clip_id: str
    path: Path
    num_frames: int


@dataclass
class _Search:
    """What has been found in a clip so far: in `searched` frames their `faces`, (n_i, 5) each."""

    clip: ClipToSearch
    size: tuple[int, int] = (0, 0)
    searched: list[int] = field(default_factory=list)
    faces: list[np.ndarray] = field(default_factory=list)

    def face_boxes(self) -> FaceBoxes:
        """The boxes of the one face that the clip keeps."""
        clip_id, num_frames = self.clip.clip_id, self.clip.num_frames
        followed = follow_face(self.searched, self.faces, num_frames)
        if followed is None:
            return FaceBoxes.whole_frame(clip_id, self.size, num_frames)
        return FaceBoxes(clip_id, self.size, *followed, num_faces=max(map(len, self.faces)))


def frames_to_search(num_frames: int, stride: int) -> np.ndarray:
    """Every ``stride``-th frame of a clip, and its last one."""
    return np.unique([*range(0, num_frames, stride), num_frames - 1])


def search_clips(detector: FaceDetector,
                 clips: Iterable[ClipToSearch],
                 stride: int,
                 batch_size: int) -> Iterator[FoundFaces]:
    """Find the faces of clips in batches that run across them.

    All batches have the same size, the last one filled up: so the faces of a frame do not depend
    on the place at which a pass began or ended. Memory holds one batch of frames.

    Args:
        detector (FaceDetector): Finds the faces of frames.
        clips (Iterable[ClipToSearch]): The clips.
        stride (int): Search every so many frames.
        batch_size (int): Frames a batch.

    Yields:
        FaceBoxes | VideoError: The boxes of each clip, in their order; the reason of a clip that
        cannot be read, as soon as that is known.
    """
    batch: list[tuple[_Search, np.ndarray]] = []
    waiting: list[_Search] = []

    def detect_batch() -> None:
        images = [image for _, image in batch]
        images += images[-1:] * (batch_size - len(images))
        for (search, _), faces in zip(batch, detector.detect(images)):
            search.faces.append(faces)
        batch.clear()

    for search in map(_Search, clips):
        try:
            for number, image in _read_frames(search, stride, batch_size):
                search.searched.append(number)
                batch.append((search, image))
                if len(batch) == batch_size:
                    detect_batch()
        except VideoError as error:
            yield error
            batch = [(owner, image) for owner, image in batch if owner is not search]
        else:
            waiting.append(search)
        while waiting and len(waiting[0].faces) == len(waiting[0].searched):
            yield waiting.pop(0).face_boxes()
    if batch:
        detect_batch()
    yield from (search.face_boxes() for search in waiting)


def _read_frames(search: _Search, stride: int, piece: int) -> Iterator[tuple[int, np.ndarray]]:
    """The frames to search with their numbers, decoded a piece at a time."""
    numbers = frames_to_search(search.clip.num_frames, stride)
    with open_video(search.clip.path) as video:
        video.check_length(search.clip.num_frames)
        search.size = video.size
        for start in range(0, len(numbers), piece):
            some = numbers[start:start + piece]
            yield from zip(some.tolist(), video.read(some))
