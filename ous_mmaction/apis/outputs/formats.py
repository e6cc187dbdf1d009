from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable, NamedTuple

from ...checks import one_of
from ..film_record import FilmRecord
from .annotated_video import write_annotated_video
from .elan import write_elan
from .html_report import write_html_report
from .json_document import write_json
from .sheet import write_sheet
from .subtitles import write_srt, write_vtt
from .tables import write_frames_csv, write_windows_csv


class Output(NamedTuple):
    """One form of output.

    Attributes:
        file (str): Name of the file in the folder of the film.
        write (Callable): Takes the record, the path to write, and the film if it is read again.
        reads_film (bool): Whether the film is read again.
    """

    file: str
    write: Callable
    reads_film: bool = False


OUTPUTS = {
    'json': Output('result.json', write_json),
    'csv': Output('windows.csv', write_windows_csv),
    'frames': Output('frames.csv', write_frames_csv),
    'vtt': Output('emotions.vtt', write_vtt),
    'srt': Output('emotions.srt', write_srt),
    'eaf': Output('emotions.eaf', write_elan),
    'png': Output('sheet.png', write_sheet, reads_film=True),
    'mp4': Output('annotated.mp4', write_annotated_video, reads_film=True),
    'html': Output('report.html', write_html_report, reads_film=True),
}


def check_formats(formats: Sequence[str]) -> None:
    """Check names of outputs.

    Args:
        formats (Sequence[str]): Keys of ``OUTPUTS``.

    Raises:
        ValueError: If one is unknown.
    """
    for name in formats:
        one_of('out', name, tuple(OUTPUTS))


def write_outputs(record: FilmRecord, source: Any, formats: Sequence[str]) -> list[Path]:
    """Write outputs into the folder of a film. Those that are there already are kept.

    Args:
        record (FilmRecord): What was found.
        source (Any): The film.
        formats (Sequence[str]): Keys of ``OUTPUTS``.

    Returns:
        list[Path]: The files.

    Raises:
        ValueError: If an output reads the film again, and the film is an iterator.
        OSError: If a file cannot be written.
    """
    files = []
    for name in formats:
        output = OUTPUTS[name]
        path = record.folder / output.file
        if output.reads_film and iter_once(source):
            raise ValueError(f'{record.name}: the output {name} reads the film a second time, '
                             'which an iterator does not allow. Give a file, a folder or an array')
        if not path.exists():
            arguments = (source,) if output.reads_film else ()
            output.write(record, path, *arguments)
        files.append(path)
    return files


def iter_once(source: Any) -> bool:
    """Whether a source can be read only once."""
    return hasattr(source, '__next__')
