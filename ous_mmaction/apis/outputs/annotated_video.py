from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from ...atomic_files import whole_file
from ...progress import progress_bar
from ...video import FrameStream
from ..film_record import FilmRecord
from ..film_results import FrameResult, StepResult
from .drawing import REACH, draw_faces, draw_strip, strip_height

CLOCK = Fraction(1, 90_000)
MOST_LANES = 8
LEAST_WIDTH = 480  # pixels; a smaller film is enlarged, so that its labels can be read
COPIED = ('aac', 'mp3', 'ac3', 'alac')  # codecs that an MP4 holds and players know


def write_annotated_video(record: FilmRecord, path: Path, source: Any) -> None:
    """Write an MP4 in H.264 with boxes, names, emotions and a moving strip; the sound is kept.

    The frames have their own times. Where the analysis left out frames (``max_fps``), the video
    does, too.

    Args:
        record (FilmRecord): What was found.
        path (Path): File to write.
        source (Any): The film.
    """
    settings, film = record.about['settings'], record.about['film']
    stream = FrameStream(source, settings['fps'])
    lanes = min(max(film['people'], 1), MOST_LANES)
    scale = max(1, -(-LEAST_WIDTH // film['width']))
    width, height = (side * scale + side * scale % 2 for side in (film['width'], film['height']))
    with whole_file(path, 'wb') as file, av.open(
            file, 'w', format='mp4', options=dict(movflags='faststart')) as container:
        video = container.add_stream('libx264', rate=25, options=dict(crf='20', preset='veryfast'))
        video.width, video.height = width, height + strip_height(lanes)
        video.pix_fmt = 'yuv420p'
        video.codec_context.time_base = CLOCK
        sound = _Sound(stream.path, container)
        with progress_bar(total=film['frames'], desc='drawing', unit=' frames',
                          leave=False) as bar:
            shown = zip(stream.frames(max_fps=settings['max_fps']), record.scored_frames(),
                        _steps_around(record))
            for image, (frame, scores), steps in shown:
                canvas = np.zeros((video.height, width, 3), np.uint8)
                large = image.image.repeat(scale, 0).repeat(scale, 1)
                frame = frame._replace(faces=[face._replace(box=face.box * scale)
                                              for face in frame.faces])
                canvas[:large.shape[0], :large.shape[1]] = draw_faces(
                    large, frame, scores, record.class_names)
                canvas[height:] = draw_strip(width, lanes, frame.time, steps, record.class_names)
                sound.copy_until(frame.time)
                picture = av.VideoFrame.from_ndarray(canvas, format='rgb24')
                picture.pts, picture.time_base = round(frame.time / CLOCK), CLOCK
                container.mux(video.encode(picture))
                bar.update()
        container.mux(video.encode())
        sound.finish()


def _steps_around(record: FilmRecord) -> Iterator[list[StepResult]]:
    """Return the time steps around each frame, in flat memory."""
    near: deque[StepResult] = deque()
    steps = record.steps()
    upcoming = next(steps, None)
    frame: FrameResult
    for frame in record.frames():
        while upcoming is not None and upcoming.start < frame.time + REACH:
            near.append(upcoming)
            upcoming = next(steps, None)
        while near and near[0].end < frame.time - REACH:
            near.popleft()
        yield list(near)


class _Sound:
    """The sound of a film, which follows the picture into another file."""

    def __init__(self, path: Path | None, target: av.container.OutputContainer) -> None:
        self.target, self.packets, self.origin = target, iter(()), 0.
        self.waiting = None
        if path is None or path.is_dir():
            return
        film = av.open(str(path.absolute()), metadata_errors='replace')
        if not film.streams.audio or not film.streams.audio[0].codec_context:
            film.close()
            return
        stream = film.streams.audio[0]
        codec = stream.codec_context.name
        self.copied = codec in COPIED
        self.stream = (target.add_stream_from_template(stream) if self.copied else
                       target.add_stream('aac', rate=stream.codec_context.sample_rate))
        free = set(film.format.name.split(',')) & {'mpegts', 'mpeg'}
        self.origin = (film.start_time or 0) / av.time_base if free else 0.
        self.packets = film.demux(stream) if self.copied else film.decode(stream)

    def copy_until(self, moment: float) -> None:
        """Write the sound before a moment."""
        while True:
            item = self.waiting or next(self.packets, None)
            self.waiting = None
            if item is None:
                return
            stamp = item.dts if self.copied else item.pts
            if stamp is None:
                continue
            if float(stamp * item.time_base) - self.origin >= moment:
                self.waiting = item
                return
            self._write(item)

    def finish(self) -> None:
        """Write the rest of the sound."""
        self.copy_until(float('inf'))
        if isinstance(getattr(self, 'stream', None), av.AudioStream) and not self.copied:
            self.target.mux(self.stream.encode())

    def _write(self, item: Any) -> None:
        shift = round(self.origin / item.time_base)
        item.pts -= shift
        if not self.copied:
            self.target.mux(self.stream.encode(item))
            return
        item.dts -= shift
        item.stream = self.stream
        self.target.mux(item)
