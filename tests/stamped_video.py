"""Videos whose frames carry their own number, written as tiny files."""
from __future__ import annotations

import struct

import av
import numpy as np

BITS = 8


def stamped_frames(count: int, height: int = 48, width: int = 64) -> np.ndarray:
    """Draw frames of shape (count, height, width, 3), uint8.

    The upper half shows the number of the frame in black and white columns, the lower half a moving
    pattern that differs between the channels.
    """
    frames = np.zeros((count, height, width, 3), np.uint8)
    rows, columns = np.mgrid[:height, :width]
    for index, frame in enumerate(frames):
        for channel in range(3):
            wave = np.sin((rows * (channel + 1) + columns + 5 * index) / 9)
            frame[..., channel] = 128 + 100 * wave
        for bit in range(BITS):
            block = slice(bit * width // BITS, (bit + 1) * width // BITS)
            frame[:height // 2, block] = 235 if index >> bit & 1 else 20
    return frames


def read_stamps(frames: np.ndarray) -> list[int]:
    """Read the numbers that frames of shape (T, H, W, 3) carry."""
    height, width = frames.shape[1:3]
    blocks = frames[:, :height // 2].mean(axis=(1, 3)).reshape(len(frames), BITS, width // BITS)
    return ((blocks.mean(axis=2) > 128) @ (1 << np.arange(BITS))).tolist()


def write_video(path, frames, codec='libx264', rate=25, pix_fmt='yuv420p', times=None,
                faststart=False, **options):
    """Encode RGB frames of shape (T, H, W, 3); ``times`` gives each its own time in 1/1000 s."""
    flags = {'movflags': 'faststart'} if faststart else {}
    with av.open(f'file:{path}', 'w', options=flags) as container:
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = pix_fmt
        if times is not None:
            from fractions import Fraction
            stream.codec_context.time_base = Fraction(1, 1000)
        for index, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format='rgb24')
            if times is not None:
                frame.pts, frame.time_base = times[index], stream.codec_context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def patch(path, box: bytes, offset: int, values: tuple[int, ...]):
    """Overwrite big-endian 32-bit numbers ``offset`` bytes after the name of a box."""
    data = bytearray(path.read_bytes())
    start = data.index(box) + offset
    data[start:start + 4 * len(values)] = struct.pack(f'>{len(values)}i', *values)
    path.write_bytes(data)
    return path
