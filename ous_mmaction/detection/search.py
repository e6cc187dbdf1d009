"""Search for the faces of many clips, in batches that run across clips."""
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

SearchResult = Union[FaceBoxes, VideoError]


@dataclass(frozen=True)
class ClipToSearch:
    """A clip to search.

    Args:
        clip_id (str): Id of the clip in the annotation file.
        path (Path): Video file or folder of frames.
        num_frames (int): Length of the clip.
    """

    clip_id: str
    path: Path
    num_frames: int


@dataclass
class _Search:
    """State of the search of one clip.

    Args:
        clip (ClipToSearch): The clip.
        size (tuple[int, int]): Height and width of its frames in pixels.
        searched (list[int]): Indices of the M frames that were passed to the detector.
        faces (list[np.ndarray]): Faces of each searched frame so far, of shape (n_i, 5).
    """

    clip: ClipToSearch
    size: tuple[int, int] = (0, 0)
    searched: list[int] = field(default_factory=list)
    faces: list[np.ndarray] = field(default_factory=list)

    def face_boxes(self) -> FaceBoxes:
        """Return the boxes of the one face that the clip keeps."""
        clip_id, num_frames = self.clip.clip_id, self.clip.num_frames
        followed = follow_face(self.searched, self.faces, num_frames)
        if followed is None:
            return FaceBoxes.whole_frame(clip_id, self.size, num_frames)
        return FaceBoxes(clip_id, self.size, *followed, num_faces=max(map(len, self.faces)))


def frames_to_search(num_frames: int, stride: int) -> np.ndarray:
    """Return the indices of every ``stride``-th frame of a clip and of its last frame.

    Examples:
        >>> frames_to_search(num_frames=8, stride=3).tolist()
        [0, 3, 6, 7]
    """
    return np.unique([*range(0, num_frames, stride), num_frames - 1])


def search_clips(detector: FaceDetector,
                 clips: Iterable[ClipToSearch],
                 stride: int,
                 batch_size: int) -> Iterator[SearchResult]:
    """Find the faces of clips in batches that run across them.

    All batches have the same size, and the last one is padded to it. The faces of a frame therefore
    do not depend on where a pass began or ended. Memory holds one batch of frames.

    Args:
        detector (FaceDetector): Finds the faces of frames.
        clips (Iterable[ClipToSearch]): The clips.
        stride (int): Search every ``stride``-th frame.
        batch_size (int): Frames per batch.

    Yields:
        FaceBoxes | VideoError: The boxes of each clip, in the order of the clips. For a clip that
        cannot be read the error, as soon as it is known.
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


def _read_frames(search: _Search, stride: int,
                 chunk_size: int) -> Iterator[tuple[int, np.ndarray]]:
    """Read the indices and images of the frames to search, ``chunk_size`` frames at a time."""
    frame_inds = frames_to_search(search.clip.num_frames, stride)
    with open_video(search.clip.path) as video:
        video.check_length(search.clip.num_frames)
        search.size = video.size
        for start in range(0, len(frame_inds), chunk_size):
            chunk = frame_inds[start:start + chunk_size]
            yield from zip(chunk.tolist(), video.read(chunk))
