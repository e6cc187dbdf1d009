"""Single frames to train a detector and a tiny CLIP on.

Seeds begin with `clip_plan.SAMPLES`, those of the benchmark with `clip_plan.BENCHMARK`: no sample
is a frame of a benchmark, whatever the seeds of both.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .clip_plan import SAMPLES
from .expressions import EXPRESSIONS, blend
from .portrait import sample_portrait
from .scenes import MOODS, render_scene, sample_scene


class Sample(NamedTuple):
    """One drawn frame and what it shows.

    Args:
        image: (size, size, 3) uint8 RGB.
        box: (4,) float32 xyxy pixels of the face, or None without a person.
        expression: name of the expression, or None without a person.
        mood: 'bright' or 'dark'.
        scene: kind of scene.
        intensity: of the expression, 0..1.
    """
    image: np.ndarray
    box: np.ndarray | None
    expression: str | None
    mood: str
    scene: str
    intensity: float


def render_frames(seed: int, count: int, size: int = 192, varied: bool = False,
                  least_intensity: float = 0.3) -> Iterator[Sample]:
    """Draw frames one by one; frame i depends on `seed` and i alone.

    Args:
        seed: names the stream, which is disjoint from every benchmark's.
        count: frames to draw.
        size: side of the square frames in pixels.
        varied: False draws as the benchmark does, a face of 0.34..0.41 of the frame before a panel.
            True draws for a detector: faces of 0.12..0.7, half of the small ones before a panel,
            the others in the scene itself, and every fifth frame without a person.
        least_intensity: of the expression; the greatest is 1.
    """
    for index in range(count):
        yield _render_frame(np.random.default_rng((SAMPLES, seed, index)), size, varied,
                            least_intensity)


def _render_frame(rng: np.random.Generator, size: int, varied: bool,
                  least_intensity: float) -> Sample:
    mood = tuple(MOODS)[rng.integers(len(MOODS))]
    scene = sample_scene(mood, rng)
    time = rng.uniform(0, 2)
    image = render_scene(scene, rng, size, [time])[0]
    if varied and rng.random() < 0.2:
        return Sample(image, None, None, mood, scene, 0.0)
    expression = tuple(EXPRESSIONS)[rng.integers(len(EXPRESSIONS))]
    intensity = rng.uniform(least_intensity, 1)
    height = rng.uniform(0.12, 0.7) if varied else None
    panel = not varied or (height < 0.44 and rng.random() < 0.5)
    portrait = sample_portrait(rng, size, 1, height, panel)
    portrait.draw(image, 0, blend(expression, intensity), time)
    return Sample(image, portrait.boxes[0], expression, mood, scene, intensity)
