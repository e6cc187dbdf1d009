from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .video_error import VideoError
from .video_reader import VideoReader

if TYPE_CHECKING:
    import av
    from av.container import InputContainer


class PyAVReader(VideoReader):
    """Reader of video files with PyAV, front to back.

    Args:
        path (str): Video file.

    Raises:
        VideoError: If the file is not a video, is cut off, or has no frame that decodes.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        import av
        self._av = av
        # From version 17 on, converting a frame wakes one thread per core, which costs more than it
        # saves. Earlier versions use one thread and have no such argument.
        self._threads = dict(threads=1) if int(av.__version__.split('.')[0]) >= 17 else {}
        self._reformatter = av.video.reformatter.VideoReformatter()
        self._length = self._count_packets()
        self._container = None
        self._rewind()
        first = next(self._frames, None)
        if first is None:
            raise VideoError(f'{path}: no frame decodes. Fetch the file again or leave it out')
        self._frames = itertools.chain([first], self._frames)
        height, width = first.height, first.width
        self._quarter_turns = round(first.rotation / 90) % 4
        self.size = (width, height) if self._quarter_turns % 2 else (height, width)
        rate = self._stream.average_rate
        self.fps = float(rate) if rate else None

    def _open(self) -> InputContainer:
        try:
            # In an absolute path, a colon in the name cannot pass for that of a protocol.
            container = self._av.open(os.path.abspath(self.path), metadata_errors='replace')
        except self._av.FFmpegError as error:
            raise VideoError(f'{self.path}: the file is not a readable video ({error.strerror}). '
                             'Fetch the file again or leave it out') from None
        if not container.streams.video or not container.streams.video[0].codec_context:
            container.close()
            raise VideoError(f'{self.path}: the file has no video stream that can be decoded. '
                             'Fetch the file again or leave it out')
        return container

    def _count_packets(self) -> int:
        """Count the frames by the packets in the file.

        This is cheap, and it is right where the count in the header is wrong.
        """
        with self._open() as container:
            stream = container.streams.video[0]
            try:
                discards = [packet.is_discard for packet in container.demux(stream) if packet.size]
            except self._av.FFmpegError as error:
                raise VideoError(f'{self.path}: the container is damaged ({error.strerror}). '
                                 'Fetch the file again or leave it out') from None
            if stream.frames > len(discards):
                raise VideoError(
                    f'{self.path}: the header counts {stream.frames} frames, but the file holds '
                    f'{len(discards)}. It is cut off or was written wrongly. Fetch it again, or '
                    'repair it with `ffmpeg -i OLD -c copy NEW`')
        return len(discards) - sum(discards)

    def _rewind(self) -> None:
        self.close()
        self._container = self._open()
        self._stream = self._container.streams.video[0]
        # With slice threads, PyAV's default, FFmpeg reports less damage. The workers of the data
        # loader run in parallel already.
        self._stream.thread_type = 'NONE'
        if self._stream.codec_context.name == 'mjpeg':
            # Where a damaged picture breaks off, this decoder keeps what an earlier picture left in
            # the buffer. It reports that only as an error.
            self._stream.codec_context.options = {'err_detect': 'explode'}
        self._frames = self._iterate()
        self._next = 0

    def _iterate(self) -> Iterator[av.VideoFrame]:
        index, size = 0, None
        try:
            for frame in self._container.decode(self._stream):
                if frame.is_corrupt:
                    raise self._undecodable(index, 'it is damaged, and the decoder concealed it')
                size = size or (frame.width, frame.height)
                if (frame.width, frame.height) != size:
                    raise self._undecodable(
                        index, f'it has {frame.width}x{frame.height} pixels, but the first frame '
                        f'has {size[0]}x{size[1]}')
                yield frame
                index += 1
        except self._av.FFmpegError as error:
            raise self._undecodable(index, error.strerror) from None

    def _advance(self, index: int) -> av.VideoFrame:
        """Return the frame at ``index``, which must not lie before the next one."""
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
        """Decode every frame.

        Raises:
            VideoError: At the first frame that does not decode, or if more frames decode than the
                index of the file lists.
        """
        self._rewind()
        for index in range(len(self)):
            self._advance(index)
        if next(self._frames, None) is not None:
            raise VideoError(f'{self.path}: more frames decode than the {len(self)} that the index '
                             'of the file lists. Repair it with `ffmpeg -i OLD NEW`')

    def __len__(self) -> int:
        return self._length

    def close(self) -> None:
        """Release the file."""
        if self._container is not None:
            self._container.close()
