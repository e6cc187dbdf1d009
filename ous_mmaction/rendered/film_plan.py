"""What a film shows, decided before a pixel is drawn."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .clip_plan import FILMS
from .expressions import EXPRESSIONS
from .film_role import ENTERING, FilmRole
from .film_shot import FilmShot
from .film_spec import FilmSpec
from .identity import Identity, sample_identity
from .passer_by import PasserBy
from .scenes import MOODS, sample_scene

_TIMES, _PEOPLE, _SHOTS = range(3)
# Seconds that an expression is shown before and after a cut, an entrance or an occlusion.
_QUIET = 0.5


@dataclass(frozen=True)
class FilmPlan:
    """Plan of a film.

    Args:
        spec (FilmSpec): Spec of the film.
        times (np.ndarray): Presentation times of the frames in seconds of shape (N,).
        identities (tuple[Identity, ...]): The people.
        shots (tuple[FilmShot, ...]): The shots, one after the other.
    """
    spec: FilmSpec
    times: np.ndarray
    identities: tuple[Identity, ...]
    shots: tuple[FilmShot, ...]


def plan_film(spec: FilmSpec) -> FilmPlan:
    """Plan a film: people, shots, expressions, occlusions.

    Args:
        spec (FilmSpec): Spec of the film.

    Returns:
        FilmPlan: The plan, which depends on the spec alone.
    """
    times = _frame_times(spec)
    people = np.random.default_rng((FILMS, spec.seed, _PEOPLE))
    identities = tuple(sample_identity(people) for _ in range(spec.people))
    rng = np.random.default_rng((FILMS, spec.seed, _SHOTS))
    starts = _shot_starts(spec, times, rng)
    moods, place, number = tuple(MOODS), None, 0
    names = tuple(EXPRESSIONS)
    last = {person: names[rng.integers(len(names))] for person in range(1, spec.people + 1)}
    shots = []
    for start, stop in zip(starts, [*starts[1:], spec.seconds]):
        mirrored = False
        if place is None or rng.random() < 0.6:  # else the same place from the other side
            number += 1
            mood = moods[rng.integers(len(moods))]
            place = mood, sample_scene(mood, rng)
        else:
            mirrored = not shots[-1].mirrored
        passer_by = _plan_passer_by(spec, start, stop, rng)
        roles = _plan_roles(spec, start, stop, passer_by, last, rng)
        last.update({role.person: role.expressions[-1][1] for role in roles})
        shots.append(FilmShot(start, stop, *place, number, mirrored, roles, passer_by))
    return FilmPlan(spec, times, identities, tuple(shots))


def _frame_times(spec: FilmSpec) -> np.ndarray:
    """Times of the frames; those of a variable rate are whole milliseconds."""
    count = max(1, round(spec.seconds * spec.fps))
    if not spec.variable_rate:
        return np.arange(count) / spec.fps
    rng = np.random.default_rng((FILMS, spec.seed, _TIMES))
    steps = np.rint(rng.uniform(0.5, 1.5, count) * 1000 / spec.fps).clip(1)
    return np.concatenate([[0], np.cumsum(steps[:-1])]) / 1000


def _shot_starts(spec: FilmSpec, times: np.ndarray, rng: np.random.Generator) -> list[float]:
    """Times of the frames at which a shot begins. No shot is shorter than the least length."""
    least, greatest = spec.shot_seconds
    starts, start = [0.0], rng.uniform(least, greatest)
    while start + least < times[-1]:
        starts.append(float(times[np.searchsorted(times, start)]))
        start = starts[-1] + rng.uniform(least, greatest)
    return starts


def _plan_passer_by(spec: FilmSpec, start: float, stop: float,
                    rng: np.random.Generator) -> PasserBy | None:
    """Let something pass, in some of the shots that are long enough."""
    chosen, seconds = rng.random() < spec.occluded_share, rng.uniform(1.2, 1.8)
    width, to_right = round(rng.uniform(0.2, 0.3) * spec.size[0]), bool(rng.random() < 0.5)
    enters, shade = rng.uniform(start, max(start, stop - seconds)), int(rng.integers(30, 90))
    if not chosen or stop - start < seconds:
        return None
    return PasserBy(enters, enters + seconds, width, to_right, (shade, shade, shade + 10))


def _plan_roles(spec: FilmSpec, start: float, stop: float, passer_by: PasserBy | None,
                last: dict[int, str], rng: np.random.Generator) -> tuple[FilmRole, ...]:
    """Cast a shot: who stands where, when, and with which expressions."""
    count = int(rng.integers(1, spec.people + 1))
    cast = rng.permutation(spec.people)[:count] + 1
    width, height = spec.size
    side = min(width // count, height)
    roles = []
    for place, person in enumerate(cast.tolist()):
        left = round((place + 0.5) * width / count - side / 2)
        area = (left, int(rng.integers(0, height - side + 1)), side)
        spans = _plan_spans(spec, start, stop, rng)
        quiet = [(start, start), (stop, stop), *((time, time) for span in spans for time in span)]
        if passer_by:
            quiet.append((passer_by.start, passer_by.stop))
        roles.append(FilmRole(person, area, spans,
                              _plan_expressions(spec, start, stop, quiet, last[person], rng)))
    return tuple(roles)


def _plan_spans(spec: FilmSpec, start: float, stop: float,
                rng: np.random.Generator) -> tuple[tuple[float, float], ...]:
    """Times between which a person is there: all the time, until leaving, or also after it."""
    leaves, away = rng.random() < spec.leaving_share, rng.uniform(0.6, 1.5)
    returns, share = rng.random() < 0.5, rng.uniform(0.4, 0.6)
    if not leaves:
        return ((start, stop),)
    left = start + share * (stop - start)
    back = left + away
    if returns and stop - back > 3 * ENTERING:
        return (start, left), (back, stop)
    return ((start, left),)


def _plan_expressions(spec: FilmSpec, start: float, stop: float,
                      quiet: list[tuple[float, float]], first: str,
                      rng: np.random.Generator) -> tuple[tuple[float, str], ...]:
    """Times of the expressions of a shot. None of them changes near the ``quiet`` times."""
    expressions, time = [(start, first)], start
    while True:
        time += rng.uniform(*spec.expression_seconds)
        others = [name for name in EXPRESSIONS if name != expressions[-1][1]]
        name = others[rng.integers(len(others))]
        if time >= stop:
            return tuple(expressions)
        if all(not begin - _QUIET < time < end + _QUIET for begin, end in quiet):
            expressions.append((time, name))
