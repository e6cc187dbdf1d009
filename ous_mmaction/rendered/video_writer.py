"""Writing of clips such that equal pixels decode to equal pixels."""
from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from ..atomic_files import whole_file

# 1 (best) .. 31. It is fixed, because a quantizer that adapts to the frame would reveal the scene
# in the face.
QUANTIZER = 3


def write_video(path: str | Path, frames: np.ndarray, fps: int) -> None:
    """Write an mp4 of Motion JPEG, atomically.

    Each block of 8x8 pixels is coded by itself, at full chroma and with one quantizer. A region
    therefore decodes to the same bits whatever lies 8 pixels outside of it.

    Args:
        path (str | Path): File to write; its folder must exist.
        frames (np.ndarray): RGB frames of shape (T, H, W, 3), uint8.
        fps (int): Frames per second.

    Raises:
        OSError: If the file cannot be written.
    """
    with whole_file(path, 'wb') as file, av.open(file, 'w', format='mp4') as container:
        stream = container.add_stream('mjpeg', rate=fps)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = 'yuvj444p'
        context = stream.codec_context
        context.qmin = context.qmax = QUANTIZER
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format='rgb24')))
        container.mux(stream.encode())
