from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...atomic_files import write_atomically
from ..film_record import FilmRecord
from ..film_results import PersonScores, StepResult, WindowResult


def film_document(record: FilmRecord, frames: bool = False) -> dict:
    """Return everything about a film as plain data; docs/film_results.md describes the fields.

    Args:
        record (FilmRecord): What was found.
        frames (bool): Whether to add the faces of every frame. Defaults to False.

    Returns:
        dict: The document.
    """
    lists = _lists(record, frames)
    return {**_head(record), **{name: list(entries) for name, entries in lists.items()}}


def write_json(record: FilmRecord, path: Path) -> None:
    """Write the document with the faces of every frame, one entry per line, in flat memory."""
    write_atomically(path, _pieces(record))


def _pieces(record: FilmRecord) -> Iterator[str]:
    yield '{\n' + ',\n'.join(f'{_text(key)}: {_text(value)}'
                             for key, value in _head(record).items())
    for name, entries in _lists(record, frames=True).items():
        yield f',\n{_text(name)}: ['
        for number, entry in enumerate(entries):
            yield (',\n ' if number else '\n ') + _text(entry)
        yield '\n]'
    yield '\n}\n'


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _head(record: FilmRecord) -> dict:
    seconds = record.about['settings']['smoothing']
    return dict(record.about, smoothing=dict(on=seconds > 0, seconds=seconds))


def _lists(record: FilmRecord, frames: bool) -> dict[str, Iterable[dict]]:
    lists = dict(
        people=_people(record),
        windows=(_scored(record, window) for window in record.windows()),
        steps=(_scored(record, step) for step in record.steps()),
        segments=(dict(segment._asdict(), score=round(segment.score, 6))
                  for segment in record.segments()),
        changes=(change._asdict() for change in record.changes()))
    if frames:
        lists['frames'] = (dict(index=frame.index, time=frame.time,
                                faces=[dict(person=face.person, score=face.score,
                                            box=[round(float(side), 2) for side in face.box])
                                       for face in frame.faces])
                           for frame in record.frames())
    return lists


def _people(record: FilmRecord) -> Iterator[dict]:
    people: dict[int, dict] = {}
    for frame in record.frames():
        for face in frame.faces:
            entry = people.setdefault(face.person, dict(person=face.person, first=frame.time,
                                                        last=frame.time, frames=0))
            entry['last'] = frame.time
            entry['frames'] += 1
    yield from (people[person] for person in sorted(people))


def _scored(record: FilmRecord, result: WindowResult | StepResult) -> dict:
    entry = result._asdict()
    entry['face'] = bool(result.people)
    entry['people'] = [person_entry(row, record.class_names) for row in result.people]
    return entry


def person_entry(row: PersonScores, class_names: list[str]) -> dict:
    """Return the scores of a person as plain data, with the most likely emotion as ``label``."""
    return dict(person=row.person, visible=row.visible,
                label=class_names[int(np.argmax(row.scores))],
                scores={name: round(float(p), 8) for name, p in zip(class_names, row.scores)})
