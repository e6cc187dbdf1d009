from __future__ import annotations

import pytest

from ous_mmaction.rendered import BenchmarkSpec, plan_clips, render_benchmark


@pytest.fixture(scope='session')
def small_spec() -> BenchmarkSpec:
    return BenchmarkSpec(clips_per_class=8, ambiguous_share=0.5, folds=2, frames=(6, 9), seed=3)


@pytest.fixture(scope='session')
def small_plans(small_spec):
    return plan_clips(small_spec)


@pytest.fixture(scope='session')
def small_benchmark(tmp_path_factory, small_spec):
    root = tmp_path_factory.mktemp('benchmark')
    render_benchmark(root, small_spec, workers=2, progress=False)
    return root
