from __future__ import annotations

import os
import re
from collections.abc import Sequence

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


def list_frames(folder: str) -> list[str]:
    """Return the names of the images of a folder in their natural order.

    Args:
        folder (str): Folder.

    Returns:
        list[str]: Names.

    Raises:
        VideoError: If the folder is missing or holds no image.
    """
    if not os.path.isdir(folder):
        raise VideoError(f'{folder}: the folder of frames is missing. Correct `data_root`, or run '
                         'tools/prepare_dataset.py again')
    names = sorted(filter(is_image, os.listdir(folder)), key=natural_key)
    if not names:
        raise VideoError(f'{folder}: the folder holds no jpg, png or bmp file. Unpack the frames '
                         'again, or remove the clip from its list')
    return names


def with_partner(names: Sequence[str], others: Sequence[str]) -> list[str]:
    """Return the frames of one folder that have a partner of the same name in another folder.

    Suffixes and leading zeros do not count. Folders that have as many frames as each other but no
    name in common name them differently, so that each frame counts as paired by its position.

    Args:
        names (Sequence[str]): Names of the frames of the folder.
        others (Sequence[str]): Names of the frames of the other folder.

    Returns:
        list[str]: Those of ``names`` that have a partner, in their order.

    Examples:
        >>> with_partner(['1.jpg', '2.jpg', '3.jpg'], ['0001.png', '0003.png'])
        ['1.jpg', '3.jpg']
    """
    def key(name: str) -> tuple:
        return tuple(natural_key(os.path.splitext(name)[0]))

    known = set(map(key, others))
    paired = [name for name in names if key(name) in known]
    return list(names) if not paired and len(names) == len(others) else paired


class FrameFolder(VideoReader):
    """Reader of a folder of jpg, png or bmp files in the natural order of their names.

    Args:
        path (str): Folder.
        partner (str, optional): Folder with which the frames come in pairs. Frames without a
            partner there are left out, see :func:`with_partner`.

    Raises:
        VideoError: If the folder holds no image, none has a partner, or the first one is not
            readable.
    """

    def __init__(self, path: str, partner: str | None = None) -> None:
        super().__init__(path)
        names = list_frames(path)
        if partner is not None:
            names = with_partner(names, list_frames(partner))
            if not names:
                raise VideoError(f'{path}: none of the frames has a partner of its name in '
                                 f'{partner}. Unpack both again')
        self._files = [os.path.join(path, name) for name in names]
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
