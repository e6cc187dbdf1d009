"""From time steps to smoothed steps, segments and changes, as generators in flat memory."""
from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .film_results import StepResult


class Segment(NamedTuple):
    """A time in which one person shows one emotion and the face stays visible.

    Attributes:
        person (int): Number of the person.
        start (float): First moment in seconds.
        end (float): End in seconds.
        label (str): Most likely emotion.
        score (float): Its mean probability.
    """

    person: int
    start: float
    end: float
    label: str
    score: float


class Change(NamedTuple):
    """A moment at which the most likely emotion of a person changes while the face is visible.

    Attributes:
        person (int): Number of the person.
        time (float): Moment in seconds.
        before (str): Emotion until then.
        after (str): Emotion from then on.
    """

    person: int
    time: float
    before: str
    after: str


def smooth(steps: Iterable[StepResult], reach: int) -> Iterator[StepResult]:
    """Average each person's scores over neighboring time steps.

    Args:
        steps (Iterable[StepResult]): The steps in their order.
        reach (int): Number of neighbors on each side. 0 changes nothing.

    Yields:
        StepResult: Each step, with the means over the neighbors in which the person is visible.
    """
    near: deque[StepResult] = deque(maxlen=2 * reach + 1)
    first = 0  # place in `near` of the next step to give
    for step in steps:
        if len(near) == near.maxlen:
            first -= 1
        near.append(step)
        if len(near) - 1 - first == reach:
            yield _averaged(near, first)
            first += 1
    while first < len(near):
        if first > reach:
            near.popleft()
            first -= 1
        yield _averaged(near, first)
        first += 1


def _averaged(near: Sequence[StepResult], place: int) -> StepResult:
    step = near[place]
    people = [row._replace(scores=np.mean([other.scores for neighbor in near
                                           for other in neighbor.people
                                           if other.person == row.person], axis=0))
              for row in step.people]
    return step._replace(people=people)


def find_segments(steps: Iterable[StepResult], class_names: Sequence[str]) -> Iterator[Segment]:
    """Join the steps in which a person keeps the same most likely emotion.

    Args:
        steps (Iterable[StepResult]): The steps in their order.
        class_names (Sequence[str]): Emotions in the order of the scores.

    Yields:
        Segment: When it ends, in the order of the ends.
    """
    # Person -> start, end, label and the scores so far as sum and count.
    current: dict[int, tuple[float, float, int, float, int]] = {}

    def close(person: int) -> Segment:
        start, end, label, total, count = current.pop(person)
        return Segment(person, start, end, class_names[label], total / count)

    for step in steps:
        best = {row.person: int(np.argmax(row.scores)) for row in step.people}
        for person in sorted(current):
            if best.get(person) != current[person][2]:
                yield close(person)
        for row in step.people:
            label = best[row.person]
            start, _, _, total, count = current.get(row.person, (step.start, 0, 0, 0., 0))
            current[row.person] = (start, step.end, label, total + float(row.scores[label]),
                                   count + 1)
    yield from map(close, sorted(current))


def find_changes(segments: Iterable[Segment]) -> Iterator[Change]:
    """Find the moments at which one segment of a person follows directly on another.

    Args:
        segments (Iterable[Segment]): Segments in the order of their ends.

    Yields:
        Change: The changes.
    """
    latest: dict[int, Segment] = {}
    for segment in segments:
        before = latest.get(segment.person)
        if before is not None and abs(before.end - segment.start) < 1e-6:
            yield Change(segment.person, segment.start, before.label, segment.label)
        latest[segment.person] = segment
