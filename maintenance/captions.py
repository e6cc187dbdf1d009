"""Captions of drawn frames, and which captions are true of which image."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

# An ambiguous expression is named by what is visible, never by a class.
FACE_WORDS = {
    'neutral': ('neutral', 'calm'),
    'happy': ('happy', 'smiling', 'happiness'),
    'sad': ('sad', 'sadness'),
    'angry': ('angry', 'anger'),
    'surprise': ('surprise', 'surprised'),
    'disgust': ('disgust', 'disgusted'),
    'fear': ('fear', 'fearful'),
    'tearful': ('tearful', 'tears'),
    'wide_eyed': ('wide eyed', 'staring'),
    'frowning': ('frowning', 'frown'),
}
MOOD_WORDS = {'bright': ('bright', 'sunny', 'light'), 'dark': ('dark', 'gloomy', 'black')}
FACE_TEMPLATES = ('{}', 'a {} face', 'a face of {}', 'a drawing of a {} face', 'a {} person')
SCENE_TEMPLATES = ('a {} {}', 'a {} scene of a {}', 'a drawing of a {} {}')


class Meaning(NamedTuple):
    """What an image shows or a caption claims. None marks what is not shown or not claimed.

    Attributes:
        expression (str | None): Key of ``FACE_WORDS``.
        mood (str | None): Key of ``MOOD_WORDS``.
        scene (str | None): Name of the scene.
    """

    expression: str | None = None
    mood: str | None = None
    scene: str | None = None


def caption(meaning: Meaning, rng: np.random.Generator) -> str:
    """Draw a random wording of a meaning.

    Args:
        meaning (Meaning): What the caption claims.
        rng (np.random.Generator): Source of random numbers.

    Returns:
        str: The caption.
    """
    parts = []
    if meaning.expression:
        word = _pick(FACE_WORDS[meaning.expression], rng)
        parts.append(_pick(FACE_TEMPLATES, rng).format(word))
    if meaning.mood:
        template, word = _pick(SCENE_TEMPLATES, rng), _pick(MOOD_WORDS[meaning.mood], rng)
        parts.append(template.format(word, meaning.scene or 'place'))
    return ' in '.join(parts)


def entails(images: list[Meaning], captions: list[Meaning]) -> torch.Tensor:
    """Decide which captions are true of which images.

    Args:
        images (list[Meaning]): What N images show.
        captions (list[Meaning]): What M captions claim.

    Returns:
        torch.Tensor: Bool of shape (N, M), True where image i shows everything that caption j
        claims.

    Examples:
        >>> entails([Meaning('happy', 'dark')], [Meaning('happy'), Meaning(mood='bright')])
        tensor([[ True, False]])
    """
    rows = [[all(claimed is None or claimed == shown for claimed, shown in zip(claim, image))
             for claim in captions] for image in images]
    return torch.tensor(rows)


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[rng.integers(len(options))]
