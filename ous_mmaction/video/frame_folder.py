from __future__ import annotations

import os
import re

import numpy as np
from PIL import Image

from .video_error import VideoError, first_line
from .video_reader import VideoReader

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp')


def natural_key(name: str) -> list:
    """Sorting key under which ``2.jpg`` comes before ``10.jpg``."""
    # The text parts are at even, the numbers at odd places: never compared with each other.
    return [int(part) if part.isdigit() else part for part in re.split(r'([0-9]+)', name)]


def is_image(name: str) -> bool:
    """Whether a file name is that of a frame; hidden files (macOS writes some) are not."""
    return name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith('.')


class FrameFolder(VideoReader):
    """Reads a folder of jpg, png or bmp files in the natural order of their names."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._files = [os.path.join(path, name)
                       for name in sorted(filter(is_image, os.listdir(path)), key=natural_key)]
        if not self._files:
            raise VideoError(f'{path}: the folder holds no jpg, png or bmp file')
        self.size = self._load(0).shape[:2]

    def _load(self, index: int) -> np.ndarray:
        try:
            # Pillow refuses a truncated file, OpenCV fills it up in silence.
            with Image.open(self._files[index]) as image:
                return np.asarray(image.convert('RGB'))
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            name = os.path.basename(self._files[index])
            raise self._undecodable(index, f'{name}: {first_line(error)}') from None

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        frames = np.empty((len(indices), *self.size, 3), np.uint8)
        for target, index in zip(frames, indices):
            image = self._load(int(index))
            if image.shape != target.shape:
                raise self._undecodable(int(index), f'{image.shape[1]}x{image.shape[0]} pixels '
                                        f'where the first frame has {self.size[1]}x{self.size[0]}')
            target[:] = image
        return frames

    def __len__(self) -> int:
        return len(self._files)
