from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import numpy as np

from .pyav_decoder import PyAVDecoder
from .video_error import VideoError
from .video_reader import VideoReader

if TYPE_CHECKING:
    import av


# Packets of files up to this size are kept in memory from counting to decoding.
KEPT_BYTES = 1 << 26


class PyAVReader(VideoReader):
    """Reader of video files with PyAV, front to back.

    Where every frame is coded by itself, as in motion JPEG, only the frames that are asked for are
    decoded.

    Args:
        path (str): Video file.

    Raises:
        VideoError: If the file is not a video, is cut off, or has no frame that decodes.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._decoder = PyAVDecoder(path)
        packets = self._read_packets()
        self._start(packets)
        first = next(self._frames, None)
        if first is None:
            raise VideoError(f'{path}: no frame decodes. Fetch the file again or leave it out')
        self._frames = itertools.chain([first], self._frames)
        # Packet of each frame by its number, if one packet is all that its frame needs.
        self._own_packets: list[av.Packet] | None = None
        if packets and self._decoder.stream.codec_context.codec.intra_only:
            self._own_packets = [packet for packet in packets
                                 if packet.size and not packet.is_discard]
        height, width = first.height, first.width
        quarter_turns = round(first.rotation / 90) % 4
        self.size = (width, height) if quarter_turns % 2 else (height, width)
        rate = self._decoder.stream.average_rate
        self.fps = float(rate) if rate else None

    def _read_packets(self) -> list[av.Packet] | None:
        """Count the frames by the packets in the file, and return the packets of a small file.

        Counting is cheap, and it is right where the count in the header is wrong.
        """
        import av
        keep, packets = os.path.getsize(self.path) <= KEPT_BYTES, []
        held = discarded = 0
        try:
            for packet in self._decoder.container.demux(self._decoder.stream):
                held += bool(packet.size)
                discarded += bool(packet.size and packet.is_discard)
                if keep:
                    packets.append(packet)
        except av.FFmpegError as error:
            raise VideoError(f'{self.path}: the container is damaged ({error.strerror}). '
                             'Fetch the file again or leave it out') from None
        counted = self._decoder.stream.frames
        if counted > held:
            raise VideoError(
                f'{self.path}: the header counts {counted} frames, but the file holds '
                f'{held}. It is cut off or was written wrongly. Fetch it again, or '
                'repair it with `ffmpeg -i OLD -c copy NEW`')
        self._length = held - discarded
        return packets if keep else None

    def _start(self, packets: list[av.Packet] | None = None) -> None:
        """Begin a pass over the frames: of packets that are in memory, or of the file."""
        if packets is None:
            self.close()
            self._decoder, self._own_packets = PyAVDecoder(self.path), None
        self._frames = self._decoder.frames(packets)
        self._next = 0

    def _advance(self, index: int) -> av.VideoFrame:
        """Return the frame at ``index``, which must not lie before the next one."""
        frame = next(itertools.islice(self._frames, index - self._next, None), None)
        if frame is None:
            raise self._undecodable(index, 'the stream ends before it')
        self._next = index + 1
        return frame

    def _decode_alone(self, index: int) -> av.VideoFrame:
        """Decode the frame at ``index`` from its own packet."""
        frame = next(self._decoder.frames([self._own_packets[index]], index), None)
        if frame is None:
            raise self._undecodable(index, 'its packet holds no picture')
        return frame

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        if self._own_packets is None and indices[0] < self._next:
            self._start()
        frame_at = self._advance if self._own_packets is None else self._decode_alone
        frames = np.empty((len(indices), *self.size, 3), np.uint8)
        for target, index in zip(frames, indices):
            target[:] = self._decoder.image_of(frame_at(int(index)))
        return frames

    def verify(self) -> None:
        """Decode every frame.

        Raises:
            VideoError: At the first frame that does not decode, or if more frames decode than the
                index of the file lists.
        """
        self._start()
        for index in range(len(self)):
            self._advance(index)
        if next(self._frames, None) is not None:
            raise VideoError(f'{self.path}: more frames decode than the {len(self)} that the index '
                             'of the file lists. Repair it with `ffmpeg -i OLD NEW`')

    def __len__(self) -> int:
        return self._length

    def close(self) -> None:
        """Release the file."""
        self._decoder.close()
