from __future__ import annotations

import math
import os
from collections.abc import Callable, Container, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Union

import numpy as np

from .frame_folder import FrameFolder
from .pyav_decoder import PyAVDecoder
from .timed_frame import TimedFrame
from .video_error import VideoError

FrameSource = Union[str, Path, np.ndarray, Iterable]
LazyFrames = Iterator[tuple[Union[float, None], Callable[[], np.ndarray]]]


class FrameStream:
    """The frames of a film with their times, front to back, in one pass and in flat memory.

    The times of a video file are the presentation times of its container, which are right for
    variable frame rates, edit lists and streams that start late. A header that counts too many
    frames does not matter: the stream ends with the last frame that the file holds.

    Args:
        source (str | Path | np.ndarray | Iterable): Video file, folder of frames, frames of shape
            (T, H, W, 3), or any iterable of frames or of pairs of a time in seconds and a frame.
            Frames are uint8 RGB of shape (H, W, 3).
        fps (float): Frame rate of a source that has no times. Defaults to 25.

    Attributes:
        path (Path | None): The file or folder.
        duration (float | None): Estimated length in seconds, for a progress bar.

    Raises:
        VideoError: If the file or folder is missing, empty, or not a video.
        ValueError: If the source is an array of another shape or type, or ``fps`` is not positive.
    """

    def __init__(self, source: FrameSource, fps: float = 25.) -> None:
        if not fps > 0:
            raise ValueError(f'The key `fps` must be positive, but got {fps}')
        self.fps = fps
        self.path = Path(source) if isinstance(source, (str, os.PathLike)) else None
        self.duration: float | None = None
        if self.path is not None:
            self._read = self._open_path()
        elif isinstance(source, np.ndarray):
            if source.ndim != 4 or source.shape[-1] != 3 or source.dtype != np.uint8:
                raise ValueError('Frames in an array must be uint8 RGB of shape (T, H, W, 3), but '
                                 f'got {source.dtype} of shape {source.shape}')
            self.duration = len(source) / fps
            self._read = partial(_items, source)
        else:
            self._read = partial(_items, source)

    def _open_path(self) -> Callable[[], LazyFrames]:
        path = str(self.path)
        if self.path.is_dir():
            folder = FrameFolder(path)
            self.duration = len(folder) / self.fps
            return lambda: ((None, partial(lambda i: folder.read([i])[0], index))
                            for index in range(len(folder)))
        if not self.path.exists():
            raise VideoError(f'{path}: the video file or folder of frames was not found. Check the '
                             'path')
        if self.path.stat().st_size == 0:
            raise VideoError(f'{path}: the file is empty (0 bytes). Fetch it again or leave it out')
        decoder = PyAVDecoder(path)
        self.duration = decoder.duration
        rate = decoder.stream.average_rate
        self.fps = float(rate) if rate else self.fps
        decoder.close()
        return partial(_decoded, path)

    def frames(self, start: int = 0, max_fps: float | None = None,
               only: Container[int] | None = None) -> Iterator[TimedFrame]:
        """Read the film from its beginning.

        Args:
            start (int): Index of the first frame to give. Those before it are decoded, but not
                converted. Defaults to 0.
            max_fps (float, optional): Give at most this many frames per second. None gives all.
            only (Container[int], optional): Indices of the frames to give. None gives all.

        Yields:
            TimedFrame: The next frame.

        Raises:
            VideoError: If a frame does not decode, or the film has none.
        """
        origin, time, slot, index = None, 0., None, None
        for index, (stamp, image) in enumerate(self._read()):
            # Where the container is silent, or its clock stands still, the time moves on.
            stamp = stamp if stamp is not None else 0. if origin is None else time + 1 / self.fps
            time = stamp if origin is None or stamp > time else time + 1e-4
            origin = time if origin is None else origin
            if max_fps:
                previous, slot = slot, math.floor((time - origin) * max_fps + 1e-6)
                if slot == previous:
                    continue
            if index >= start and (only is None or index in only):
                yield TimedFrame(index, time, image())
        if index is None:
            raise VideoError(f'{self.path or "the source"}: no frame decodes. Fetch the file again '
                             'or leave it out')


def _decoded(path: str) -> LazyFrames:
    decoder = PyAVDecoder(path)
    try:
        for frame in decoder.frames():
            yield decoder.time_of(frame), partial(decoder.image_of, frame)
    finally:
        decoder.close()


def _items(source: Iterable) -> LazyFrames:
    for item in source:
        stamp, image = item if isinstance(item, tuple) else (None, item)
        image = np.asarray(image)
        if image.ndim != 3 or image.shape[-1] != 3 or image.dtype != np.uint8:
            raise ValueError('A frame must be uint8 RGB of shape (H, W, 3), but got '
                             f'{image.dtype} of shape {image.shape}')
        yield stamp, partial(np.asarray, image)
