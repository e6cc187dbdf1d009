"""Found changes of emotion against those of a rendered film's truth."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence


def match_people(truth: Sequence[Mapping], found: Sequence[Mapping]) -> dict[int, int]:
    """Find which person of the truth each tracked person is.

    Args:
        truth (Sequence[Mapping]): Frames of the truth, with ``faces`` that have ``person`` and
            ``box``.
        found (Sequence[Mapping]): The same frames as they were analyzed.

    Returns:
        dict[int, int]: Number of a tracked person -> number in the truth, by the number of frames
        in which the tracked box covers more than half of the true one.

    Examples:
        >>> face = lambda person, left: dict(person=person, box=[left, 0, left + 10, 10])
        >>> match_people([dict(faces=[face(2, 0), face(1, 50)])], [dict(faces=[face(7, 1)])])
        {7: 2}
    """
    together: Counter = Counter()
    for true, seen in zip(truth, found):
        for face in true['faces']:
            for other in seen['faces']:
                if _covered(face['box'], other['box']) > 0.5:
                    together[other['person'], face['person']] += 1
    people: dict[int, int] = {}
    for (tracked, person), _ in together.most_common():
        people.setdefault(tracked, person)
    return people


def match_changes(truth: Sequence[tuple], found: Sequence[tuple], tolerance: float) -> int:
    """Count the true changes that were found, each by a change of its own.

    Args:
        truth (Sequence[tuple]): Time, person and new emotion of each true change.
        found (Sequence[tuple]): The same of the changes that were found.
        tolerance (float): Greatest distance in seconds.

    Returns:
        int: Number of pairs of the same person and emotion, the nearest first.

    Examples:
        >>> truth = [(1., 1, 'Sad'), (3., 1, 'Fear')]
        >>> match_changes(truth, [(1.1, 1, 'Sad'), (1.2, 1, 'Sad'), (3., 2, 'Fear')], 0.2)
        1
    """
    pairs = sorted((abs(a[0] - b[0]), i, j) for i, a in enumerate(truth)
                   for j, b in enumerate(found) if a[1:] == b[1:])
    taken: tuple[set, set] = set(), set()
    for distance, i, j in pairs:
        if distance <= tolerance + 1e-9 and i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
    return len(taken[0])


def emotion_changes(frames: Sequence[Mapping]) -> list[tuple]:
    """List the changes of emotion of faces that stay visible from one frame to the next.

    Args:
        frames (Sequence[Mapping]): Frames of a film's truth.

    Returns:
        list[tuple]: Time, person and new emotion of each change.

    Examples:
        >>> face = lambda emotion: [dict(person=1, emotion=emotion)]
        >>> emotion_changes([dict(time=0., faces=face('Sad')), dict(time=.1, faces=face('Fear'))])
        [(0.1, 1, 'Fear')]
    """
    changes, before = [], {}
    for frame in frames:
        now = {face['person']: face['emotion'] for face in frame['faces']}
        changes += [(frame['time'], person, emotion) for person, emotion in now.items()
                    if before.get(person, emotion) != emotion]
        before = now
    return changes


def _covered(box: Sequence[float], other: Sequence[float]) -> float:
    """Return the share of a box that another one covers."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    return max(0., width) * max(0., height) / ((box[2] - box[0]) * (box[3] - box[1]))
