"""The people that are drawn."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SKINS = ((255, 224, 196), (244, 204, 168), (228, 180, 140), (200, 148, 108), (172, 120, 86),
         (142, 98, 70))
HAIRS = ((36, 28, 26), (74, 48, 30), (122, 76, 40), (206, 164, 92), (166, 74, 36), (150, 150, 154),
         (92, 60, 110))
IRISES = ((74, 48, 30), (54, 96, 66), (58, 98, 150), (90, 96, 104))
STYLES = ('bald', 'short', 'long', 'curly', 'parted', 'bun', 'spiky')


@dataclass(frozen=True)
class Identity:
    """A drawn person.

    Colors are RGB of 0..255, and lengths are in units of half the head's height.

    Args:
        skin (tuple[float, float, float]): Color of the skin.
        hair (tuple[float, float, float]): Color of the hair.
        iris (tuple[float, float, float]): Color of the irises.
        shirt (tuple[float, float, float]): Color of the shirt.
        style (str): Hairstyle, one of ``STYLES``.
        width (float): Half the width of the head.
        jaw (float): How much the chin narrows; 0 is round.
        eye_distance (float): Half the distance between the eyes.
        eye_size (float): Size of the eyes; 1 is the usual size.
        nose (float): Length of the nose.
        brow (float): Thickness of the brows.
        fringe (float): Height of the hairline above the middle.
        glasses (str): ``'none'``, ``'round'`` or ``'square'``.
        beard (bool): Whether the person has a beard.
    """
    skin: tuple[float, float, float]
    hair: tuple[float, float, float]
    iris: tuple[float, float, float]
    shirt: tuple[float, float, float]
    style: str
    width: float
    jaw: float
    eye_distance: float
    eye_size: float
    nose: float
    brow: float
    fringe: float
    glasses: str
    beard: bool


def sample_identity(rng: np.random.Generator) -> Identity:
    """Draw a person at random."""
    light = rng.uniform(0.92, 1.04)
    hair = HAIRS[rng.integers(len(HAIRS))]
    return Identity(
        skin=tuple(light * np.array(SKINS[rng.integers(len(SKINS))])),
        hair=tuple(light * np.array(hair)),
        iris=IRISES[rng.integers(len(IRISES))],
        shirt=tuple(rng.uniform(40, 220, 3)),
        style=STYLES[rng.integers(len(STYLES))],
        width=rng.uniform(0.74, 0.86),
        jaw=rng.uniform(0.05, 0.26),
        eye_distance=rng.uniform(0.31, 0.36),
        eye_size=rng.uniform(0.92, 1.1),
        nose=rng.uniform(0.16, 0.25),
        brow=rng.uniform(0.05, 0.08),
        fringe=rng.uniform(0.50, 0.62),
        glasses=('none', 'round', 'square')[rng.choice(3, p=(0.74, 0.13, 0.13))],
        beard=bool(rng.random() < 0.15))
