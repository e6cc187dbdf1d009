from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .video_error import VideoError


class VideoReader:
    """Frames by index. Use as a context manager, or call :meth:`close`.

    Reading forward continues where the last call ended, so that a long video can be read in
    pieces at the cost of one pass, in memory that does not grow with its length.

    Attributes:
        path (str): What is read.
        size (tuple[int, int]): Height and width as displayed, pixels.
        fps (float | None): Mean frame rate; None for a folder of frames.
    """

    size: tuple[int, int]
    fps: float | None = None

    def __init__(self, path: str) -> None:
        self.path = path

    def __len__(self) -> int:
        """Number of frames that the container holds."""
        raise NotImplementedError

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        """Frames at strictly ascending indices, (N, H, W, 3) uint8 RGB."""
        raise NotImplementedError

    def read(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Decode frames. An index that repeats is decoded once.

        Args:
            indices (Sequence[int] | np.ndarray): (T,) frame numbers from 0, in any order.

        Returns:
            np.ndarray: (T, H, W, 3) uint8 RGB.

        Raises:
            VideoError: If a frame is not there or does not decode.
        """
        indices = np.asarray(indices, dtype=np.int64)
        unique, inverse = np.unique(indices, return_inverse=True)
        if len(unique) == 0 or unique[0] < 0 or unique[-1] >= len(self):
            raise VideoError(f'{self.path}: frames {indices.tolist()} were asked for, the file has '
                             f'{len(self)}; run tools/prepare_dataset.py again')
        frames = self._decode(unique)
        return frames if np.array_equal(unique, indices) else frames[inverse]

    def check_length(self, total_frames: int) -> None:
        """Compare the length with the annotation's.

        Raises:
            VideoError: If they differ.
        """
        if len(self) != total_frames:
            raise VideoError(f'{self.path}: the clip has {len(self)} frames, the annotation says '
                             f'{total_frames}; run tools/prepare_dataset.py again')

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

    def __exit__(self, *_) -> None:
        self.close()

    def _undecodable(self, index: int, reason: object) -> VideoError:
        return VideoError(f'{self.path}: frame {index} does not decode ({reason}); '
                          'fetch the file again or leave the clip out')
