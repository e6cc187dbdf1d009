from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import numpy as np

from .video_error import VideoError
from .video_reader import VideoReader


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
