from __future__ import annotations

from fractions import Fraction
from typing import IO

import av
import numpy as np

TICKS = 90000  # per second: whole milliseconds and all usual frame rates are whole ticks
SOUND_RATE, SOUND_FRAME, PITCH = 44100, 1024, 440


class FilmWriter:
    """Writes an mp4 of H.264, with an optional quiet tone, frame by frame. A context manager.

    Args:
        file (IO): Open binary file that can seek.
        size (tuple[int, int]): Width and height of the frames in pixels, both even.
        fps (int): Mean number of frames per second.
        tone (bool): Whether to write a sound track.
    """

    def __init__(self, file: IO, size: tuple[int, int], fps: int, tone: bool) -> None:
        # The same frames give the same bytes: no time of creation, one thread, and no macroblock
        # tree, whose vector code in x264 reads memory that nobody wrote.
        self._container = av.open(file, 'w', format='mp4', options=dict(fflags='+bitexact'))
        self._video = self._container.add_stream('libx264', rate=fps, options={
            'crf': '16', 'preset': 'veryfast', 'threads': '1', 'x264-params': 'mbtree=0'})
        self._video.width, self._video.height = size
        self._video.pix_fmt = 'yuv420p'
        self._video.codec_context.time_base = Fraction(1, TICKS)
        self._sound = self._container.add_stream('aac', rate=SOUND_RATE) if tone else None
        if self._sound:
            self._sound.layout = 'mono'
        self._samples = 0

    def __enter__(self) -> FilmWriter:
        return self

    def write(self, time: float, image: np.ndarray) -> None:
        """Write the next frame.

        Args:
            time (float): Presentation time in seconds.
            image (np.ndarray): RGB image of shape (H, W, 3), uint8.
        """
        frame = av.VideoFrame.from_ndarray(image, format='rgb24')
        frame.pts, frame.time_base = round(time * TICKS), Fraction(1, TICKS)
        self._container.mux(self._video.encode(frame))
        while self._sound and self._samples <= time * SOUND_RATE:
            self._write_tone()

    def _write_tone(self) -> None:
        at = np.arange(self._samples, self._samples + SOUND_FRAME) / SOUND_RATE
        wave = (0.1 * np.sin(2 * np.pi * PITCH * at)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(wave[None], format='fltp', layout='mono')
        frame.rate, frame.pts, frame.time_base = SOUND_RATE, self._samples, Fraction(1, SOUND_RATE)
        self._samples += SOUND_FRAME
        self._container.mux(self._sound.encode(frame))

    def __exit__(self, error_type: type | None, *_: object) -> None:
        if error_type is None:
            for stream in filter(None, (self._video, self._sound)):
                self._container.mux(stream.encode())
        self._container.close()
