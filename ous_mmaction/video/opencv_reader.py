from __future__ import annotations

import os

import numpy as np

from .video_error import VideoError
from .video_reader import VideoReader


class OpenCVReader(VideoReader):
    """Reader of video files with OpenCV, front to back because its seeking is not exact.

    Args:
        path (str): Video file.

    Raises:
        VideoError: If OpenCV cannot open the file.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        import cv2
        self._cv2 = cv2
        self._capture = None
        self._rewind()
        self._length = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.size = (int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
                     int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)))
        self.fps = self._capture.get(cv2.CAP_PROP_FPS) or None

    def _rewind(self) -> None:
        self.close()
        self._capture = self._cv2.VideoCapture(os.path.abspath(self.path), self._cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise VideoError(f'{self.path}: the file is not a readable video (OpenCV does not open '
                             'it). Fetch the file again or leave it out')
        # The default differs between the releases of OpenCV.
        self._capture.set(self._cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        self._next = 0

    def _advance(self, index: int) -> None:
        """Grab the frames up to and including ``index``."""
        while self._next <= index:
            if not self._capture.grab():
                raise self._undecodable(self._next, 'OpenCV gets no frame')
            self._next += 1

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        if indices[0] < self._next:
            self._rewind()
        frames = np.empty((len(indices), *self.size, 3), np.uint8)
        for target, index in zip(frames, indices):
            self._advance(int(index))
            valid, image = self._capture.retrieve()
            if not valid or image.shape != target.shape:
                raise self._undecodable(int(index), 'OpenCV gets no frame of the size of the first')
            target[:] = image[..., ::-1]
        return frames

    def verify(self) -> None:
        """Decode every frame.

        Raises:
            VideoError: At the first frame that OpenCV does not get.
        """
        self._rewind()
        self._advance(len(self) - 1)

    def __len__(self) -> int:
        return self._length

    def close(self) -> None:
        """Release the file."""
        if self._capture is not None:
            self._capture.release()
