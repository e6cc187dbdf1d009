from __future__ import annotations

import os
import re

import numpy as np
from PIL import Image

from .video_error import VideoError, first_line
from .video_reader import VideoReader

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp')


def natural_key(name: str) -> list:
    """Return a sorting key that puts ``2.jpg`` before ``10.jpg``.

    Examples:
        >>> sorted(['10.jpg', '2.jpg'], key=natural_key)
        ['2.jpg', '10.jpg']
    """
    # Text parts stand at even places and numbers at odd ones, so they are never compared.
    return [int(part) if part.isdigit() else part for part in re.split(r'([0-9]+)', name)]


def is_image(name: str) -> bool:
    """Whether a file name is that of a frame; hidden files, such as those of macOS, do not count.

    Examples:
        >>> is_image('0001.JPG'), is_image('._0001.jpg'), is_image('Thumbs.db')
        (True, False, False)
    """
    return name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith('.')


class FrameFolder(VideoReader):
    """Reader of a folder of jpg, png or bmp files in the natural order of their names.

    Args:
        path (str): Folder.

    Raises:
        VideoError: If the folder holds no image, or the first one is not readable.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._files = [os.path.join(path, name)
                       for name in sorted(filter(is_image, os.listdir(path)), key=natural_key)]
        if not self._files:
            raise VideoError(f'{path}: the folder holds no jpg, png or bmp file. Unpack the frames '
                             'again, or remove the clip from its list')
        self.size = self._load(0).shape[:2]

    def _load(self, index: int) -> np.ndarray:
        try:
            # Pillow refuses a truncated file, which OpenCV would fill up silently.
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
                raise self._undecodable(
                    int(index), f'it has {image.shape[1]}x{image.shape[0]} pixels, but the first '
                    f'frame has {self.size[1]}x{self.size[0]}')
            target[:] = image
        return frames

    def __len__(self) -> int:
        return len(self._files)
