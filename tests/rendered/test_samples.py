from __future__ import annotations

from collections import Counter

import numpy as np

from ous_mmaction.rendered import BenchmarkSpec, plan_clips, render_frames
from ous_mmaction.rendered.clip_plan import BENCHMARK, SAMPLES
from ous_mmaction.rendered.expressions import EXPRESSIONS
from ous_mmaction.rendered.scenes import MOODS


def test_frame_i_depends_on_seed_and_i_alone():
    first = [sample.image for sample in render_frames(5, 4, 96)]
    longer = [sample.image for sample in render_frames(5, 6, 96)]
    other = [sample.image for sample in render_frames(6, 4, 96)]
    assert all(np.array_equal(a, b) for a, b in zip(first, longer))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other))


def test_frames_like_the_benchmark_cover_all_expressions_and_scenes():
    samples = list(render_frames(0, 400, 96))
    assert {sample.expression for sample in samples} == set(EXPRESSIONS)
    assert {(sample.mood, sample.scene) for sample in samples} == {
        (mood, kind) for mood in MOODS for kind in MOODS[mood]}
    heights = [sample.box[3] - sample.box[1] for sample in samples]
    assert min(heights) > 0.3 * 96 and max(heights) < 0.5 * 96


def test_varied_frames_hold_small_and_large_faces_and_none():
    samples = list(render_frames(0, 400, 128, varied=True))
    without = [sample for sample in samples if sample.box is None]
    assert 0.1 < len(without) / 400 < 0.3
    assert all(sample.expression is None for sample in without)
    boxes = np.stack([sample.box for sample in samples if sample.box is not None])
    assert boxes.min() >= 0 and boxes.max() <= 128
    heights = (boxes[:, 3] - boxes[:, 1]) / 128
    assert heights.min() < 0.17 and heights.max() > 0.6
    assert min(Counter(sample.mood for sample in samples).values()) > 150


def test_samples_share_no_seed_with_a_benchmark():
    plans = plan_clips(BenchmarkSpec(seed=0))
    assert {plan.face_seed[0] for plan in plans} | {plan.scene_seed[0] for plan in plans} == {0}
    assert BENCHMARK == 0 != SAMPLES
