"""What each clip of a rendered benchmark shows, decided before a pixel is drawn."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .benchmark_spec import BenchmarkSpec
from .expressions import AMBIGUOUS_OF, CLASSES, PAIRS
from .scenes import sample_scene

# The first number of every seed, so that benchmark, training samples and films never share a
# stream.
BENCHMARK, SAMPLES, FILMS = 0, 1, 2
_NUMBERS, _FACE, _SCENE = range(3)

Seed = tuple  # of ints: the entropy of a numpy generator


@dataclass(frozen=True)
class ClipPlan:
    """Plan of one clip.

    Args:
        number (int): Name of the video file. The numbers are shuffled, so that they tell nothing.
        emotion (str): Class, one of ``CLASSES``.
        expression (str): What the face shows, see ``expressions.EXPRESSIONS``.
        mood (str): ``'bright'`` or ``'dark'``.
        scene (str): Kind of scene, see ``scenes.MOODS``.
        twin (int | None): Number of the clip of the other class of the pair that has the same face
            pixels; None if there is none.
        fold (int): Test fold that the clip belongs to, counted from 1.
        num_frames (int): Number of frames.
        face_seed (Seed): Draws person, motion, panel and dynamics. Twins share it.
        scene_seed (Seed): Draws the scene.
    """
    number: int
    emotion: str
    expression: str
    mood: str
    scene: str
    twin: int | None
    fold: int
    num_frames: int
    face_seed: Seed
    scene_seed: Seed


def plan_clips(spec: BenchmarkSpec) -> list[ClipPlan]:
    """Plan all clips of a benchmark.

    In every fold, a paired class has ``spec.ambiguous_per_fold`` clips with the ambiguous face of
    the pair under the mood that decides, and ``spec.clear_per_fold`` clips with its own face, half
    of them under either mood. Neutral is in no pair and has half of its clips under either mood.

    Args:
        spec (BenchmarkSpec): Spec of the benchmark.

    Returns:
        list[ClipPlan]: Plans in the order of their numbers.
    """
    faces = [face for fold in range(1, spec.folds + 1) for face in _faces_of_fold(spec, fold)]
    count = sum(len(members) for _, _, members in faces)
    numbers = 1 + np.random.default_rng((BENCHMARK, spec.seed, _NUMBERS)).permutation(count)
    remaining = iter(numbers.tolist())
    plans = []
    for index, (fold, expression, members) in enumerate(faces):
        face_seed = (BENCHMARK, spec.seed, _FACE, index)
        num_frames = int(np.random.default_rng((*face_seed, 0)).integers(
            spec.frames[0], spec.frames[1] + 1))
        own = [next(remaining) for _ in members]
        for (emotion, mood), number, twin in zip(members, own, own[::-1]):
            scene_seed = (BENCHMARK, spec.seed, _SCENE, number)
            plans.append(ClipPlan(
                number, emotion, expression, mood,
                sample_scene(mood, np.random.default_rng((*scene_seed, 0))),
                twin if len(members) == 2 else None, fold, num_frames, face_seed, scene_seed))
    return sorted(plans, key=lambda plan: plan.number)


def _faces_of_fold(spec: BenchmarkSpec, fold: int) -> Iterator[tuple]:
    """Yield (fold, expression, ((emotion, mood), ...)) for each face; twins are two members."""
    for expression, (bright, dark) in PAIRS.items():
        for _ in range(spec.ambiguous_per_fold):
            yield fold, expression, ((bright, 'bright'), (dark, 'dark'))
    for emotion in CLASSES:
        clear = spec.clear_per_fold if emotion in AMBIGUOUS_OF else spec.clips_per_fold
        for index in range(clear):
            yield fold, emotion.lower(), ((emotion, ('bright', 'dark')[index % 2]),)
