"""Drawn scenes: several kinds for each of the two moods."""
from __future__ import annotations

import numpy as np

from ..canvas import Canvas
from .bright import beach, funfair, meadow, party, rainbow
from .dark import fire, forest, graveyard, ruins, storm

MOODS = {
    'bright': {'beach': beach, 'meadow': meadow, 'party': party, 'funfair': funfair,
               'rainbow': rainbow},
    'dark': {'storm': storm, 'graveyard': graveyard, 'ruins': ruins, 'fire': fire,
             'forest': forest},
}


def sample_scene(mood: str, rng: np.random.Generator) -> str:
    """The kind of a random scene of `mood`."""
    kinds = tuple(MOODS[mood])
    return kinds[rng.integers(len(kinds))]


def render_scene(kind: str, rng: np.random.Generator, size: int, times) -> np.ndarray:
    """Draw a scene at each of `times`.

    Args:
        kind: name of a scene, see `MOODS`.
        rng: draws its layout and colours.
        size: side of the square frame in pixels.
        times: (T,) seconds.

    Returns:
        (T, size, size, 3) uint8 RGB.
    """
    painters = {name: painter for group in MOODS.values() for name, painter in group.items()}
    if kind not in painters:
        raise ValueError(f'scene {kind!r} is unknown: choose one of {", ".join(painters)}')
    backdrop = np.zeros((size, size, 3), np.uint8)
    animate = painters[kind](Canvas(backdrop), rng)
    frames = np.repeat(backdrop[None], len(times), axis=0)
    for frame, time in zip(frames, times):
        animate(Canvas(frame), time)
    return frames
