"""From the plan of a clip to its pixels."""
from __future__ import annotations

import numpy as np

from .benchmark_spec import BenchmarkSpec
from .clip_plan import ClipPlan
from .dynamics import intensities
from .expressions import blend
from .portrait import Portrait, sample_portrait
from .scenes import render_scene


def clip_portrait(plan: ClipPlan, spec: BenchmarkSpec) -> Portrait:
    """Draw the person of a clip, which depends only on ``plan.face_seed``, which twins share.

    Args:
        plan (ClipPlan): Plan of the clip.
        spec (BenchmarkSpec): Spec of the benchmark.

    Returns:
        Portrait: The person in motion.
    """
    return sample_portrait(np.random.default_rng((*plan.face_seed, 1)), spec.size, plan.num_frames)


def render_clip(plan: ClipPlan, spec: BenchmarkSpec) -> tuple[np.ndarray, np.ndarray]:
    """Draw a clip.

    Args:
        plan (ClipPlan): Plan of the clip.
        spec (BenchmarkSpec): Spec of the benchmark.

    Returns:
        tuple[np.ndarray, np.ndarray]: RGB frames of shape (T, size, size, 3), uint8, and face boxes
        xyxy in pixels of shape (T, 4), float32.
    """
    times = np.arange(plan.num_frames) / spec.fps
    frames = render_scene(plan.scene, np.random.default_rng((*plan.scene_seed, 1)), spec.size,
                          times)
    portrait = clip_portrait(plan, spec)
    levels = intensities(np.random.default_rng((*plan.face_seed, 2)), plan.num_frames)
    for index, (frame, level, time) in enumerate(zip(frames, levels, times)):
        portrait.draw(frame, index, blend(plan.expression, level), time)
    return frames, portrait.boxes
