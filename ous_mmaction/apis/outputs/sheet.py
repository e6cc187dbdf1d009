from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ...video import FrameStream
from ...visualization.save_figure import save_figure
from ..film_record import FilmRecord
from .drawing import color_of, draw_faces
from .subtitles import clock

STILLS, COLUMNS = 12, 6


def write_sheet(record: FilmRecord, path: Path, source: Any) -> None:
    """Draw stills at equal distances, with boxes and emotions, above the timeline of each person.

    Args:
        record (FilmRecord): What was found.
        path (Path): Image file to write.
        source (Any): The film.
    """
    film, settings = record.about['film'], record.about['settings']
    count = min(STILLS, film['frames'])
    places = set(((np.arange(count) + 0.5) * film['frames'] / count).astype(int).tolist())
    chosen = [pair for place, pair in enumerate(record.scored_frames()) if place in places]
    stream = FrameStream(source, settings['fps'])
    images = stream.frames(only={frame.index for frame, _ in chosen})
    rows = -(-count // COLUMNS)
    people = max(film['people'], 1)
    tall = 2.2 * film['height'] / film['width'] + 0.2
    figure = Figure(figsize=(2.2 * COLUMNS, tall * rows + 0.4 * min(people, 20) + 1.2),
                    layout='constrained')
    upper, lower = figure.subfigures(
        2, 1, height_ratios=(tall * rows, 0.4 * min(people, 20) + 1.2))
    upper.suptitle(f'{record.name}   {film["frames"]} frames, {film["people"]} people', fontsize=10)
    axes = upper.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    for axis, image, (frame, scores) in zip(axes, images, chosen):
        axis.imshow(draw_faces(image.image, frame, scores, record.class_names))
        axis.set_title(clock(frame.time), fontsize=7, pad=2)
    _draw_timeline(lower.subplots(), record, people)
    save_figure(figure, path)


def _draw_timeline(axis: Any, record: FilmRecord, people: int) -> None:
    names = record.class_names
    for segment in record.segments():
        axis.barh(segment.person, segment.end - segment.start, left=segment.start, height=0.7,
                  color=color_of(names.index(segment.label)))
    film = record.about['film']
    axis.set_xlim(film['start'], film['end'])
    axis.set_ylim(people + 0.6, 0.4)
    axis.set_yticks(range(1, people + 1)[:20], [f'person {n}' for n in range(1, people + 1)][:20])
    axis.set_xlabel('time in seconds')
    axis.spines[['top', 'right', 'left']].set_visible(False)
    axis.legend(handles=[Patch(color=color_of(index), label=name)
                         for index, name in enumerate(names)], ncols=len(names), fontsize=7,
                loc='upper center', bbox_to_anchor=(0.5, -0.45), frameon=False)
