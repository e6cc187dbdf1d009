from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..detection.tracked_face import TrackedFace
from .film_results import FrameResult, PersonScores, StepResult, WindowResult
from .timeline import Change, Segment, find_changes, find_segments, smooth

FORMAT = 'ous_mmaction/film_emotions'
VERSION = 1
KINDS = dict(window=WindowResult, step=StepResult)


class FilmRecord:
    """What was found in a film, read from its folder in flat memory.

    The folder holds ``film.json``, which says what was done to which film, and ``events.jsonl``,
    one line per frame, window and time step.

    Args:
        folder (str | Path): Folder of the film.

    Attributes:
        about (dict): Content of ``film.json``.
        class_names (list[str]): Emotions in the order of the scores.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.about: dict = json.loads((self.folder / 'film.json').read_text(encoding='utf-8'))
        self.class_names: list[str] = self.about['model']['classes']

    @property
    def name(self) -> str:
        """Name of the film."""
        return self.about['source']['name']

    def frames(self) -> Iterator[FrameResult]:
        """Read the frames with their faces."""
        for entry in self._events('frame'):
            faces = [TrackedFace(person, np.float32(box), score)
                     for person, box, score in entry['faces']]
            yield FrameResult(entry['index'], entry['time'], faces)

    def windows(self) -> Iterator[WindowResult]:
        """Read the windows."""
        return self._scored('window')

    def steps(self) -> Iterator[StepResult]:
        """Read the time steps, smoothed if the settings ask for it."""
        settings = self.about['settings']
        reach = round(settings['smoothing'] / settings['stride'] / 2)
        return smooth(self._scored('step'), reach)

    def scored_frames(self) -> Iterator[tuple[FrameResult, dict[int, PersonScores]]]:
        """Read the frames, each with the scores of its time step by the number of the person."""
        steps = self.steps()
        step = next(steps, None)
        for frame in self.frames():
            while step is not None and frame.time >= step.end - 1e-6:
                step = next(steps, None)
            yield frame, {} if step is None else {row.person: row for row in step.people}

    def segments(self) -> Iterator[Segment]:
        """Join the time steps to segments of one emotion, in the order of their ends."""
        return find_segments(self.steps(), self.class_names)

    def changes(self) -> Iterator[Change]:
        """Find the moments at which a person's emotion changes."""
        return find_changes(self.segments())

    def _events(self, kind: str) -> Iterator[dict]:
        start = f'{{"kind": "{kind}"'
        with open(self.folder / 'events.jsonl', encoding='utf-8') as file:
            for line in file:
                if line.startswith(start):
                    yield json.loads(line)

    def _scored(self, kind: str) -> Iterator[Any]:
        for entry in self._events(kind):
            del entry['kind']
            entry['people'] = [PersonScores(person, visible, np.array(scores))
                               for person, visible, scores in entry['people']]
            yield KINDS[kind](**entry)


def event_line(result: FrameResult | WindowResult | StepResult) -> str:
    """Write a result as one line of ``events.jsonl``."""
    if isinstance(result, FrameResult):
        faces = [[face.person, [round(float(side), 2) for side in face.box],
                  round(face.score, 4)] for face in result.faces]
        entry = dict(kind='frame', index=result.index, time=round(result.time, 6), faces=faces)
    else:
        kind = next(name for name, type_ in KINDS.items() if isinstance(result, type_))
        people = [[row.person, round(row.visible, 4), [round(float(p), 8) for p in row.scores]]
                  for row in result.people]
        entry = dict(kind=kind, **dict(result._asdict(), start=round(result.start, 6),
                                       end=round(result.end, 6), people=people))
    return json.dumps(entry) + '\n'
