"""Single frames to train a detector and a tiny CLIP on.

Their seeds begin with ``clip_plan.SAMPLES``, and those of the benchmark with
``clip_plan.BENCHMARK``. No sample is therefore a frame of a benchmark, whatever the seeds of both.
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

    Attributes:
        image (np.ndarray): RGB image of shape (size, size, 3), uint8.
        box (np.ndarray | None): Box xyxy of the face in pixels of shape (4,), float32; None for a
            frame without a person.
        expression (str | None): Name of the expression; None for a frame without a person.
        mood (str): ``'bright'`` or ``'dark'``.
        scene (str): Kind of scene.
        intensity (float): Intensity of the expression, 0..1.
    """
    image: np.ndarray
    box: np.ndarray | None
    expression: str | None
    mood: str
    scene: str
    intensity: float


def render_frames(seed: int, count: int, size: int = 192, varied: bool = False,
                  least_intensity: float = 0.3) -> Iterator[Sample]:
    """Draw frames one by one; frame i depends only on ``seed`` and i.

    Args:
        seed (int): Names the stream, which is disjoint from that of every benchmark.
        count (int): Number of frames to draw.
        size (int): Side of the square frames in pixels.
        varied (bool): If False, draw as the benchmark does, a face of 0.34..0.41 of the frame
            before a panel. If True, draw for a detector: faces of 0.12..0.7, half of the small ones
            before a panel, the others in the scene itself, and every fifth frame without a person.
        least_intensity (float): Smallest intensity of the expression; the largest is 1.

    Yields:
        Sample: The next frame.
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
