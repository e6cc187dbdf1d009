from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .video_error import VideoError, undecodable


class VideoReader:
    """Base class of the readers that give frames by index.

    Use a reader as a context manager, or call :meth:`close`. Reading forward continues where the
    last call ended. A long video can therefore be read in pieces at the cost of one pass, in memory
    that does not grow with its length.

    Args:
        path (str): Video file or folder of frames.

    Attributes:
        path (str): Video file or folder of frames.
        size (tuple[int, int]): Height and width as displayed, in pixels.
        fps (float | None): Mean frame rate; None for a folder of frames.
    """

    size: tuple[int, int]
    fps: float | None = None

    def __init__(self, path: str) -> None:
        self.path = path

    def __len__(self) -> int:
        """Return the number of frames that the container holds."""
        raise NotImplementedError

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        """Decode frames at strictly ascending indices.

        Args:
            indices (np.ndarray): Frame numbers of shape (N,), int64.

        Returns:
            np.ndarray: RGB frames of shape (N, H, W, 3), uint8.
        """
        raise NotImplementedError

    def read(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Decode frames; an index that repeats is decoded once.

        Args:
            indices (Sequence[int] | np.ndarray): Frame numbers of shape (T,), from 0, in any order.

        Returns:
            np.ndarray: RGB frames of shape (T, H, W, 3), uint8.

        Raises:
            VideoError: If a frame does not exist or does not decode.
        """
        indices = np.asarray(indices, dtype=np.int64)
        unique, inverse = np.unique(indices, return_inverse=True)
        if len(unique) == 0 or unique[0] < 0 or unique[-1] >= len(self):
            raise VideoError(f'{self.path}: frames {indices.tolist()} were requested, but the clip '
                             f'has {len(self)} frames. Run tools/prepare_dataset.py again')
        frames = self._decode(unique)
        return frames if np.array_equal(unique, indices) else frames[inverse]

    def check_length(self, total_frames: int) -> None:
        """Compare the length of the clip with that in the annotation.

        Args:
            total_frames (int): Number of frames according to the annotation.

        Raises:
            VideoError: If the lengths differ.
        """
        if len(self) != total_frames:
            raise VideoError(f'{self.path}: the clip has {len(self)} frames, but the annotation '
                             f'says {total_frames}. Run tools/prepare_dataset.py again')

    def verify(self) -> None:
        """Decode every frame.

        Raises:
            VideoError: At the first frame that does not decode.
        """
        for index in range(len(self)):
            self.read([index])

    def close(self) -> None:
        """Release the file."""

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _undecodable(self, index: int, reason: object) -> VideoError:
        return undecodable(self.path, index, reason)
