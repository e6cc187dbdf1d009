from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from .video_error import VideoError, undecodable

if TYPE_CHECKING:
    import av

# The clocks of these containers begin anywhere, and players count from their first packet.
FREE_CLOCKS = ('mpegts', 'mpeg')


class PyAVDecoder:
    """One pass over the frames of a video file with PyAV, in the order in which they are shown.

    Args:
        path (str): Video file.

    Attributes:
        stream (av.VideoStream): The first video stream.
        duration (float | None): Length in seconds according to the header, which may be wrong.

    Raises:
        VideoError: If the file is not a video.
    """

    def __init__(self, path: str) -> None:
        import av
        self._av = av
        self.path = path
        self._size = None
        # From version 17 on, converting a frame wakes one thread per core, which costs more than it
        # saves. Earlier versions use one thread and have no such argument.
        self._threads = dict(threads=1) if int(av.__version__.split('.')[0]) >= 17 else {}
        self._reformatter = av.video.reformatter.VideoReformatter()
        self.container = self._open()
        self.stream = self.container.streams.video[0]
        # With slice threads, PyAV's default, FFmpeg reports less damage. The workers of the data
        # loader run in parallel already.
        self.stream.thread_type = 'NONE'
        if self.stream.codec_context.name == 'mjpeg':
            # Where a damaged picture breaks off, this decoder keeps what an earlier picture left in
            # the buffer. It reports that only as an error.
            self.stream.codec_context.options = {'err_detect': 'explode'}
        free = set(self.container.format.name.split(',')) & set(FREE_CLOCKS)
        self._origin = (self.container.start_time or 0) / av.time_base if free else 0.
        length = self.container.duration
        self.duration = length / av.time_base if length else None

    def _open(self) -> av.container.InputContainer:
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

    def frames(self, packets: Iterable[av.Packet] | None = None,
               start: int = 0) -> Iterator[av.VideoFrame]:
        """Decode the file from its beginning, or some of its packets.

        Args:
            packets (Iterable[av.Packet], optional): Packets of ``container``. Defaults to all of
                the stream's that were not read yet.
            start (int): Number of the first frame, for errors. Defaults to 0.

        Yields:
            av.VideoFrame: The next frame, not converted yet.

        Raises:
            VideoError: If a frame does not decode, is damaged or changes its size.
        """
        index = start
        try:
            for packet in self.container.demux(self.stream) if packets is None else packets:
                for frame in packet.decode():
                    self._check(frame, index)
                    yield frame
                    index += 1
        except self._av.FFmpegError as error:
            raise undecodable(self.path, index, error.strerror) from None

    def _check(self, frame: av.VideoFrame, index: int) -> None:
        """Raise a VideoError if a frame is damaged or has another size than the first one."""
        if frame.is_corrupt:
            raise undecodable(self.path, index, 'it is damaged, and the decoder concealed it')
        self._size = self._size or (frame.width, frame.height)
        if (frame.width, frame.height) != self._size:
            raise undecodable(
                self.path, index, f'it has {frame.width}x{frame.height} pixels, but the first '
                f'frame has {self._size[0]}x{self._size[1]}')

    def time_of(self, frame: av.VideoFrame) -> float | None:
        """Return the time in seconds at which the container shows a frame; None if it says none."""
        stamp = frame.dts if frame.pts is None else frame.pts
        return None if stamp is None else float(stamp * frame.time_base) - self._origin

    def image_of(self, frame: av.VideoFrame) -> np.ndarray:
        """Convert a frame to RGB of shape (H, W, 3), uint8, as it is displayed."""
        rgb = self._reformatter.reformat(frame, format='rgb24', **self._threads)
        return np.rot90(rgb.to_ndarray(), round(frame.rotation / 90) % 4)

    def close(self) -> None:
        """Release the file."""
        self.container.close()
