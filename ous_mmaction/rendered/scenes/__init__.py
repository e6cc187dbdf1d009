"""Drawn scenes, several kinds for each of the two moods."""
from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...checks import one_of
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
    """Draw the kind of a scene.

    Args:
        mood (str): ``'bright'`` or ``'dark'``.
        rng (np.random.Generator): Draws the kind.

    Returns:
        str: Name of a scene of that mood, see ``MOODS``.
    """
    kinds = tuple(MOODS[mood])
    return kinds[rng.integers(len(kinds))]


def render_scene(kind: str, rng: np.random.Generator, size: int,
                 times: Sequence[float] | np.ndarray) -> np.ndarray:
    """Draw a scene at several times.

    Args:
        kind (str): Name of a scene, see ``MOODS``.
        rng (np.random.Generator): Draws the layout and colors of the scene.
        size (int): Side of the square frames in pixels.
        times (Sequence[float] | np.ndarray): T times in seconds.

    Returns:
        np.ndarray: RGB frames of shape (T, size, size, 3), uint8.

    Raises:
        ValueError: If the scene is unknown.
    """
    draw = paint_scene(kind, rng, size, size)
    return np.stack([draw(time) for time in times])


def paint_scene(kind: str, rng: np.random.Generator, width: int,
                height: int) -> Callable[[float], np.ndarray]:
    """Paint what does not move in a scene, and return how to draw it at any time.

    Args:
        kind (str): Name of a scene, see ``MOODS``.
        rng (np.random.Generator): Draws the layout and colors of the scene.
        width (int): Width of the frames in pixels.
        height (int): Height of the frames in pixels.

    Returns:
        Callable: Takes a time in seconds and returns a new RGB frame of shape (height, width, 3),
        uint8.

    Raises:
        ValueError: If the scene is unknown.
    """
    painters = {name: painter for group in MOODS.values() for name, painter in group.items()}
    one_of('scene', kind, tuple(painters))
    backdrop = np.zeros((height, width, 3), np.uint8)
    animate = painters[kind](Canvas(backdrop), rng)

    def draw(time: float) -> np.ndarray:
        frame = backdrop.copy()
        animate(Canvas(frame), time)
        return frame

    return draw
