"""A rendered benchmark of facial expressions in scenes where neither face nor scene suffices.

Long films of several such people come with it.
"""
from pathlib import Path

from .benchmark import render_benchmark
from .benchmark_spec import BenchmarkSpec
from .ceilings import face_only_ceiling, joint_ceiling, scene_only_ceiling
from .clip_plan import ClipPlan, plan_clips
from .clips import render_clip
from .film import FilmFrame, film_frames, render_film
from .film_plan import FilmPlan, plan_film
from .film_spec import FilmSpec
from .samples import Sample, render_frames

# The small CLIP and the small face detector, which were both trained on drawings.
WEIGHTS = Path(__file__).with_name('weights')

__all__ = [
    'WEIGHTS', 'BenchmarkSpec', 'ClipPlan', 'FilmFrame', 'FilmPlan', 'FilmSpec', 'Sample',
    'face_only_ceiling', 'film_frames', 'joint_ceiling', 'plan_clips', 'plan_film',
    'render_benchmark', 'render_clip', 'render_film', 'render_frames', 'scene_only_ceiling',
]
