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

BACKENDS: dict[str, tuple[str, Callable[[str], VideoReader]]] = {
    'pyav': ('av', PyAVReader),
    'decord': ('decord', DecordReader),
    'opencv': ('cv2', OpenCVReader),
}


def default_backend() -> str:
    """The name of the first backend in ``BACKENDS`` that is installed."""
    return next(name for name, (module, _) in BACKENDS.items() if importlib.util.find_spec(module))


def open_video(path: str | Path, backend: str | None = None) -> VideoReader:
    """Open a clip.

    Args:
        path (str | Path): A video file or a folder of frames.
        backend (str, optional): ``'pyav'``, ``'decord'`` or ``'opencv'``. Defaults to the first
            of them that is installed. A folder of frames needs none.

    Returns:
        VideoReader: The open clip.

    Raises:
        VideoError: If the clip is missing, empty, or not a video.
        ValueError: If the backend is unknown.
    """
    path = os.fspath(path)
    backend = backend or default_backend()
    if backend not in BACKENDS:
        raise ValueError(f"`backend` must be one of {', '.join(BACKENDS)}, but got {backend!r}")
    if os.path.isdir(path):
        return FrameFolder(path)
    if not os.path.exists(path):
        raise VideoError(f'{path}: the clip is missing; correct `data_root` or run '
                         'tools/prepare_dataset.py again')
    if os.path.getsize(path) == 0:
        raise VideoError(f'{path}: the file is empty (0 bytes); fetch it again or leave it out')
    if _is_cut_matroska(path):
        raise VideoError(f'{path}: the file is shorter than its header says: it is cut off; '
                         'fetch it again or leave it out')
    return BACKENDS[backend][1](path)


def _is_cut_matroska(path: str) -> bool:
    """Whether an mkv or webm file lacks its end, which no decoder tells: they count no frames.

    Read is the size of the Segment element (RFC 9559, section 5.1; the variable-size integer is
    RFC 8794's, section 4).
    """
    with open(path, 'rb') as file:
        head = file.read(256)
    segment = head.find(b'\x18\x53\x80\x67')
    if not head.startswith(b'\x1a\x45\xdf\xa3') or segment < 0:
        return False
    field = head[segment + 4:segment + 12]
    width = 9 - int.from_bytes(field[:1], 'big').bit_length()  # by its leading zeros
    size = int.from_bytes(field[:width], 'big') - (1 << 7 * width)
    unknown = (1 << 7 * width) - 1  # of a live recording
    return size != unknown and segment + 4 + width + size > os.path.getsize(path)
