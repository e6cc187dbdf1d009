from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from ...atomic_files import whole_file
from ..film_record import FilmRecord
from ..film_results import PersonScores

NO_FACE = 'no face'


def write_windows_csv(record: FilmRecord, path: Path) -> None:
    """Write one row per window and person; a window without anybody has one row, ``no face``."""
    head = ['window', 'start', 'end', 'frames', 'person', 'visible', 'label', *record.class_names]
    rows = ([*window[:4], *(['', 0] if row is None else [row.person, row.visible]),
             *_scores(row, record.class_names)]
            for window in record.windows() for row in window.people or [None])
    _write(path, head, rows)


def write_frames_csv(record: FilmRecord, path: Path) -> None:
    """Write one row per frame and face in the manner of OpenFace, with the scores of its step."""
    head = ['frame', 'face_id', 'timestamp', 'confidence', 'success', 'x', 'y', 'width', 'height',
            'label', *record.class_names]
    _write(path, head, _frame_rows(record))


def _frame_rows(record: FilmRecord) -> Iterable[list]:
    for frame, scores in record.scored_frames():
        if not frame.faces:
            yield [frame.index, '', frame.time, 0, 0, '', '', '', '',
                   *_scores(None, record.class_names)]
        for face in frame.faces:
            left, top, right, bottom = (float(side) for side in face.box)
            row = scores.get(face.person)
            # The face is there, but not in enough frames of any window.
            known = _scores(row, record.class_names) if row else [''] * (
                1 + len(record.class_names))
            yield [frame.index, face.person, frame.time, face.score, 1, round(left, 2),
                   round(top, 2), round(right - left, 2), round(bottom - top, 2), *known]


def _scores(row: PersonScores | None, class_names: Sequence[str]) -> list:
    if row is None:
        return [NO_FACE, *[''] * len(class_names)]
    return [class_names[int(np.argmax(row.scores))],
            *(round(float(p), 6) for p in row.scores)]


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence]) -> None:
    with whole_file(path) as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(head)
        writer.writerows(rows)
