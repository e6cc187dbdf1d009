from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...atomic_files import write_atomically
from ..film_record import FilmRecord


def write_vtt(record: FilmRecord, path: Path) -> None:
    """Write WebVTT: one cue per segment."""
    write_atomically(path, ['WEBVTT\n', *(f'\n{cue}' for cue in _cues(record, '.'))])


def write_srt(record: FilmRecord, path: Path) -> None:
    """Write SubRip subtitles: one cue per segment."""
    write_atomically(path, (f'{number}\n{cue}\n'
                            for number, cue in enumerate(_cues(record, ','), start=1)))


def _cues(record: FilmRecord, point: str) -> Iterator[str]:
    for segment in sorted(record.segments(), key=lambda segment: segment[1:2] + segment[:1]):
        yield (f'{clock(segment.start, point)} --> {clock(segment.end, point)}\n'
               f'Person {segment.person}: {segment.label} ({segment.score:.2f})\n')


def clock(seconds: float, point: str = '.') -> str:
    """Write a time as hours, minutes, seconds and milliseconds.

    Examples:
        >>> clock(3725.0421), clock(-0.02, ',')
        ('01:02:05.042', '00:00:00,000')
    """
    milliseconds = max(0, round(seconds * 1000))
    minutes, rest = divmod(milliseconds, 60_000)
    return f'{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}'
