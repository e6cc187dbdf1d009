from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from .pyav_decoder import PyAVDecoder
from .video_error import VideoError
from .video_reader import VideoReader

if TYPE_CHECKING:
    import av


class PyAVReader(VideoReader):
    """Reader of video files with PyAV, front to back.

    Args:
        path (str): Video file.

    Raises:
        VideoError: If the file is not a video, is cut off, or has no frame that decodes.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._decoder = None
        self._length = self._count_packets()
        self._rewind()
        first = next(self._frames, None)
        if first is None:
            raise VideoError(f'{path}: no frame decodes. Fetch the file again or leave it out')
        self._frames = itertools.chain([first], self._frames)
        height, width = first.height, first.width
        quarter_turns = round(first.rotation / 90) % 4
        self.size = (width, height) if quarter_turns % 2 else (height, width)
        rate = self._decoder.stream.average_rate
        self.fps = float(rate) if rate else None

    def _count_packets(self) -> int:
        """Count the frames by the packets in the file.

        This is cheap, and it is right where the count in the header is wrong.
        """
        import av
        decoder = PyAVDecoder(self.path)
        with decoder.container as container:
            stream = decoder.stream
            try:
                discards = [packet.is_discard for packet in container.demux(stream) if packet.size]
            except av.FFmpegError as error:
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
        self._decoder = PyAVDecoder(self.path)
        self._frames = self._decoder.frames()
        self._next = 0

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
            target[:] = self._decoder.image_of(self._advance(int(index)))
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
        if self._decoder is not None:
            self._decoder.close()
