"""Frames of a clip, from a video file or a folder of images, by index.

PyAV reads by default: it is as fast as the others on clips and alone tells when the decoder made up
a damaged frame from its neighbours. decord and OpenCV are there for platforms without PyAV; they
report a frame that is lost, but pass a concealed one on, and decord shows frames that the edit list
of a file hides. What no decoder can tell is damage that leaves a valid stream.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import re
from pathlib import Path
from typing import Callable, Iterator, Sequence

import numpy as np
from PIL import Image

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp')


class VideoError(RuntimeError):
    """A clip, or a frame of it, cannot be read; the message names file, reason and remedy."""


def natural_key(name: str) -> list:
    """Sorting key under which ``2.jpg`` comes before ``10.jpg``."""
    # The text parts are at even, the numbers at odd places: never compared with each other.
    return [int(part) if part.isdigit() else part for part in re.split(r'([0-9]+)', name)]


def is_image(name: str) -> bool:
    """Whether a file name is that of a frame; hidden files (macOS writes some) are not."""
    return name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith('.')


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


class PyAVReader(VideoReader):
    """Reads by PyAV, front to back."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        import av
        self._av = av
        # From version 17 on, converting a frame wakes a thread a core, which costs more than it
        # saves; before, there is one thread and no such argument.
        self._threads = dict(threads=1) if int(av.__version__.split('.')[0]) >= 17 else {}
        self._reformatter = av.video.reformatter.VideoReformatter()
        self._length = self._count_packets()
        self._container = None
        self._rewind()
        first = next(self._frames, None)
        if first is None:
            raise VideoError(f'{path}: no frame decodes; fetch the file again or leave it out')
        self._frames = itertools.chain([first], self._frames)
        height, width = first.height, first.width
        self._quarter_turns = round(first.rotation / 90) % 4
        self.size = (width, height) if self._quarter_turns % 2 else (height, width)
        rate = self._stream.average_rate
        self.fps = float(rate) if rate else None

    def _open(self):
        try:
            # In an absolute path, a colon in the name cannot pass for a protocol's.
            container = self._av.open(os.path.abspath(self.path), metadata_errors='replace')
        except self._av.FFmpegError as error:
            raise VideoError(f'{self.path}: not a readable video ({error.strerror}); '
                             'fetch the file again or leave it out') from None
        if not container.streams.video or not container.streams.video[0].codec_context:
            container.close()
            raise VideoError(f'{self.path}: the file has no video stream that can be decoded; '
                             'fetch the file again or leave it out')
        return container

    def _count_packets(self) -> int:
        """Frames by the packets in the file: cheap, and true where the header is not."""
        with self._open() as container:
            stream = container.streams.video[0]
            try:
                discards = [packet.is_discard for packet in container.demux(stream) if packet.size]
            except self._av.FFmpegError as error:
                raise VideoError(f'{self.path}: the container is damaged ({error.strerror}); '
                                 'fetch the file again or leave it out') from None
            if stream.frames > len(discards):
                raise VideoError(
                    f'{self.path}: the header counts {stream.frames} frames, the file holds '
                    f'{len(discards)}: it is cut off or wrongly written; fetch it again, or repair '
                    'it with `ffmpeg -i OLD -c copy NEW`')
        return len(discards) - sum(discards)

    def _rewind(self) -> None:
        self.close()
        self._container = self._open()
        self._stream = self._container.streams.video[0]
        # With slice threads, PyAV's default, FFmpeg reports less damage. Loader workers are the
        # parallelism.
        self._stream.thread_type = 'NONE'
        if self._stream.codec_context.name == 'mjpeg':
            # Where a damaged picture breaks off, this decoder leaves what an earlier one left in
            # the buffer, and says so only as an error.
            self._stream.codec_context.options = {'err_detect': 'explode'}
        self._frames = self._iterate()
        self._next = 0

    def _iterate(self) -> Iterator:
        index, size = 0, None
        try:
            for frame in self._container.decode(self._stream):
                if frame.is_corrupt:
                    raise self._undecodable(index, 'damaged, the decoder concealed it')
                size = size or (frame.width, frame.height)
                if (frame.width, frame.height) != size:
                    raise self._undecodable(index, f'{frame.width}x{frame.height} pixels where the '
                                            f'first frame has {size[0]}x{size[1]}')
                yield frame
                index += 1
        except self._av.FFmpegError as error:
            raise self._undecodable(index, error.strerror) from None

    def _advance(self, index: int):
        """The frame at ``index``, which must not lie behind."""
        frame = next(itertools.islice(self._frames, index - self._next, None), None)
        if frame is None:
            raise self._undecodable(index, 'the stream ends before it')
        self._next = index + 1
        return frame

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        if indices[0] < self._next:
            self._rewind()
        frames = np.empty((len(indices), *self.size, 3), np.uint8)
        for target, index in zip(frames, indices):
            frame = self._reformatter.reformat(
                self._advance(int(index)), format='rgb24', **self._threads)
            target[:] = np.rot90(frame.to_ndarray(), self._quarter_turns)
        return frames

    def verify(self) -> None:
        self._rewind()
        for index in range(len(self)):
            self._advance(index)
        if next(self._frames, None) is not None:
            raise VideoError(f'{self.path}: more than the {len(self)} frames decode that its index '
                             'lists; repair it with `ffmpeg -i OLD NEW`')

    def __len__(self) -> int:
        return self._length

    def close(self) -> None:
        if self._container is not None:
            self._container.close()


class DecordReader(VideoReader):
    """Reads by decord."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        import decord
        self._errors = (RuntimeError, IndexError, decord.DECORDError)
        try:
            self._video = decord.VideoReader(os.path.abspath(path), num_threads=1)
            height, width, channels = self._video[0].shape
        except self._errors as error:
            raise VideoError(f'{path}: not a readable video ({_first_line(error)}); '
                             'fetch the file again or leave it out') from None
        if channels != 3:  # the frames it then gives are scrambled
            raise VideoError(f"{path}: decord cannot read a video that carries a rotation; "
                             "set `backend` to 'pyav' or 'opencv'")
        self.size = (height, width)
        self.fps = float(self._video.get_avg_fps())

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        try:
            return self._video.get_batch(indices).asnumpy()
        except self._errors as error:
            raise self._undecodable(int(indices[0]), _first_line(error)) from None

    def __len__(self) -> int:
        return len(self._video)

    def close(self) -> None:
        self._video = None


class OpenCVReader(VideoReader):
    """Reads by OpenCV, front to back: its seeking is not exact."""

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
            raise VideoError(f'{self.path}: not a readable video (OpenCV does not open it); '
                             'fetch the file again or leave it out')
        self._next = 0

    def _advance(self, index: int) -> None:
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
                raise self._undecodable(int(index), 'OpenCV gets no frame of the first one\'s size')
            target[:] = image[..., ::-1]
        return frames

    def verify(self) -> None:
        self._rewind()
        self._advance(len(self) - 1)

    def __len__(self) -> int:
        return self._length

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()


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
            raise self._undecodable(index, f'{name}: {_first_line(error)}') from None

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


BACKENDS: dict[str, tuple[str, Callable[[str], VideoReader]]] = {
    'pyav': ('av', PyAVReader),
    'decord': ('decord', DecordReader),
    'opencv': ('cv2', OpenCVReader),
}


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
    if backend is None:
        backend = next(name for name, (module, _) in BACKENDS.items()
                       if importlib.util.find_spec(module))
    if backend not in BACKENDS:
        raise ValueError(f'`backend` {backend!r} is unknown; choose from {", ".join(BACKENDS)}')
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


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
