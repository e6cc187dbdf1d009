from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...atomic_files import write_atomically
from ..film_record import FilmRecord
from .annotated_video import write_annotated_video
from .drawing import color_of
from .subtitles import write_vtt
from .tables import write_windows_csv

TEMPLATE = Path(__file__).with_name('report_template.html')
EMBEDDED = 200 * 2**20  # bytes of video; browsers get slow with larger pages
CHUNK = 3 * 2**18  # bytes; a multiple of 3, so that pieces of base64 join


def write_html_report(record: FilmRecord, path: Path, source: Any) -> None:
    """Write a page with player, timeline and tables, which needs no network and no other file.

    A video of more than 200 MiB stays beside the page as ``annotated.mp4``.

    Args:
        record (FilmRecord): What was found.
        path (Path): File to write.
        source (Any): The film.
    """
    video = record.folder / 'annotated.mp4'
    if not video.exists():
        write_annotated_video(record, video, source)
    before, between, after = _split(TEMPLATE.read_text(encoding='utf-8'))
    # In a script element, nothing may look like its end.
    data = json.dumps(_data(record), ensure_ascii=False).replace('<', '\\u003c')
    write_atomically(path, _pieces(before, data, between, video, after))


def _split(template: str) -> tuple[str, str, str]:
    before, rest = template.split('/*DATA*/')
    between, after = rest.split('/*VIDEO*/')
    return before, between, after


def _pieces(before: str, data: str, between: str, video: Path, after: str) -> Iterator[str]:
    yield from (before, data, between)
    if video.stat().st_size > EMBEDDED:
        yield video.name
    else:
        yield 'data:video/mp4;base64,'
        with open(video, 'rb') as file:
            while chunk := file.read(CHUNK):
                yield base64.b64encode(chunk).decode()
    yield after


def _data(record: FilmRecord) -> dict:
    about, film = record.about, record.about['film']
    settings = about['settings']
    segments = sorted(record.segments(), key=lambda segment: (segment.start, segment.person))
    smoothing = (f'smoothed over {settings["smoothing"]:g} s' if settings['smoothing'] else
                 'not smoothed')
    return dict(
        name=record.name, start=film['start'], end=film['end'],
        facts=f'{film["frames"]} frames, {film["end"] - film["start"]:.2f} s, {film["people"]} '
              f'people. Windows of {settings["length"]:g} s every {settings["stride"]:g} s, '
              f'{smoothing}. Model {about["model"]["config"]}, detector '
              f'{about["detector"]["config"]}. Where a lane is empty, the face is not visible.',
        warnings=about['warnings'],
        people=sorted({segment.person for segment in segments}),
        segments=[[segment.person, round(segment.start, 3), round(segment.end, 3), segment.label,
                   round(segment.score, 3)] for segment in segments],
        colors={name: color_of(index) for index, name in enumerate(record.class_names)},
        files={'windows.csv': _text_of(record, write_windows_csv, 'windows.csv'),
               'emotions.vtt': _text_of(record, write_vtt, 'emotions.vtt')})


def _text_of(record: FilmRecord, write: Any, name: str) -> str:
    path = record.folder / name
    if not path.exists():
        write(record, path)
    return path.read_text(encoding='utf-8')
