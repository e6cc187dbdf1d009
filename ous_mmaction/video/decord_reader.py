from __future__ import annotations

import os

import numpy as np

from .video_error import VideoError, first_line
from .video_reader import VideoReader


class DecordReader(VideoReader):
    """Reader of video files with decord.

    Args:
        path (str): Video file.

    Raises:
        VideoError: If decord cannot open the file, or the video carries a rotation.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        import decord
        self._errors = (RuntimeError, IndexError, decord.DECORDError)
        try:
            self._video = decord.VideoReader(os.path.abspath(path), num_threads=1)
            height, width, channels = self._video[0].shape
        except self._errors as error:
            raise VideoError(f'{path}: the file is not a readable video ({first_line(error)}). '
                             'Fetch the file again or leave it out') from None
        if channels != 3:  # decord scrambles the frames of such a video
            raise VideoError(f"{path}: decord cannot read a video that carries a rotation. "
                             "Set `backend` to 'pyav' or 'opencv'")
        self.size = (height, width)
        self.fps = float(self._video.get_avg_fps())

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        try:
            return self._video.get_batch(indices).asnumpy()
        except self._errors as error:
            raise self._undecodable(int(indices[0]), first_line(error)) from None

    def __len__(self) -> int:
        return len(self._video)

    def close(self) -> None:
        """Release the file."""
        self._video = None
