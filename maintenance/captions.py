"""What a caption says of a drawn frame, and which captions are true of which image."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

# An ambiguous expression is named by what is seen, never by a class.
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
    """What an image shows or a caption claims; None where it does not show or does not say."""
    expression: str | None = None
    mood: str | None = None
    scene: str | None = None


def caption(meaning: Meaning, rng: np.random.Generator) -> str:
    """A random wording of what `meaning` holds."""
    parts = []
    if meaning.expression:
        word = _pick(FACE_WORDS[meaning.expression], rng)
        parts.append(_pick(FACE_TEMPLATES, rng).format(word))
    if meaning.mood:
        template, word = _pick(SCENE_TEMPLATES, rng), _pick(MOOD_WORDS[meaning.mood], rng)
        parts.append(template.format(word, meaning.scene or 'place'))
    return ' in '.join(parts)


def entails(images: list[Meaning], captions: list[Meaning]) -> torch.Tensor:
    """(N, M) bool: whether all that caption j claims is shown by image i."""
    rows = [[all(said is None or said == shown for said, shown in zip(claim, image))
             for claim in captions] for image in images]
    return torch.tensor(rows)


def _pick(options, rng: np.random.Generator):
    return options[rng.integers(len(options))]
