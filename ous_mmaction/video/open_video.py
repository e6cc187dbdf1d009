from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Callable

from .decord_reader import DecordReader
from .frame_folder import FrameFolder
from .opencv_reader import OpenCVReader
from .pyav_reader import PyAVReader
from .video_error import VideoError
from .video_reader import VideoReader

# Name of a backend -> the module that it needs, and its reader.
BACKENDS: dict[str, tuple[str, Callable[[str], VideoReader]]] = {
    'pyav': ('av', PyAVReader),
    'decord': ('decord', DecordReader),
    'opencv': ('cv2', OpenCVReader),
}


def default_backend() -> str:
    """Return the name of the first backend in ``BACKENDS`` that is installed."""
    return next(name for name, (module, _) in BACKENDS.items() if importlib.util.find_spec(module))


def open_video(path: str | Path, backend: str | None = None,
               partner: str | None = None) -> VideoReader:
    """Open a clip.

    Args:
        path (str | Path): Video file or folder of frames.
        backend (str, optional): ``'pyav'``, ``'decord'`` or ``'opencv'``. Defaults to the first
            of them that is installed. A folder of frames is read without a backend.
        partner (str, optional): Folder with which a folder of frames comes in pairs, see
            :class:`FrameFolder`.

    Returns:
        VideoReader: The open clip.

    Raises:
        VideoError: If the clip is missing, empty, or not a video.
        ValueError: If the backend is unknown.
    """
    path = os.fspath(path)
    backend = backend or default_backend()
    if backend not in BACKENDS:
        raise ValueError(f'The key `backend` must be one of {", ".join(BACKENDS)}, '
                         f'but got {backend!r}')
    if os.path.isdir(path):
        return FrameFolder(path, partner)
    if not os.path.exists(path):
        raise VideoError(f'{path}: the clip is missing. Correct `data_root`, or run '
                         'tools/prepare_dataset.py again')
    if os.path.getsize(path) == 0:
        raise VideoError(f'{path}: the file is empty (0 bytes). Fetch it again or leave it out')
    if _is_cut_matroska(path):
        raise VideoError(f'{path}: the file is cut off: it is shorter than its header says. '
                         'Fetch it again or leave it out')
    return BACKENDS[backend][1](path)


def _is_cut_matroska(path: str) -> bool:
    """Whether the end of an mkv or webm file is missing.

    No decoder reports this, because these files do not count their frames. The size of the file is
    compared with the size in its Segment element (RFC 9559, section 5.1), which is a variable-size
    integer (RFC 8794, section 4).
    """
    with open(path, 'rb') as file:
        head = file.read(256)
    segment = head.find(b'\x18\x53\x80\x67')
    if not head.startswith(b'\x1a\x45\xdf\xa3') or segment < 0:
        return False
    field = head[segment + 4:segment + 12]
    # The number of leading zero bits gives the width of the integer in bytes.
    width = 9 - int.from_bytes(field[:1], 'big').bit_length()
    size = int.from_bytes(field[:width], 'big') - (1 << 7 * width)
    unknown = (1 << 7 * width) - 1  # a live recording has this size
    return size != unknown and segment + 4 + width + size > os.path.getsize(path)
