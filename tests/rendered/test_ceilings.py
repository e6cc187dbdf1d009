from __future__ import annotations

import itertools
from collections import Counter

import pytest

from ous_mmaction.rendered import (
    BenchmarkSpec,
    face_only_ceiling,
    joint_ceiling,
    plan_clips,
    scene_only_ceiling,
)
from ous_mmaction.rendered.expressions import CLASSES

SPECS = [BenchmarkSpec(), BenchmarkSpec(clips_per_class=20, ambiguous_share=0.0),
         BenchmarkSpec(clips_per_class=20, ambiguous_share=1.0, seed=4),
         BenchmarkSpec(clips_per_class=32, ambiguous_share=0.5, folds=4)]


def best_recalls(plans, observe) -> tuple[float, float]:
    """Find UAR and WAR of the best map from an observation to a class by trying every class."""
    sizes = Counter(plan.emotion for plan in plans)
    counts = Counter((observe(plan), plan.emotion) for plan in plans)
    observations = {value for value, _ in counts}
    uar = sum(max(counts[value, name] / sizes[name] for name in CLASSES) for value in observations)
    war = sum(max(counts[value, name] for name in CLASSES) for value in observations)
    return uar / len(CLASSES), war / len(plans)


@pytest.mark.parametrize('spec', SPECS)
@pytest.mark.parametrize('ceiling, observe', [
    (face_only_ceiling, lambda plan: plan.expression),
    (scene_only_ceiling, lambda plan: plan.mood),
    (joint_ceiling, lambda plan: (plan.expression, plan.mood))])
def test_ceilings_are_those_of_the_bayes_classifier_on_every_test_split(spec, ceiling, observe):
    plans = plan_clips(spec)
    for fold in range(1, spec.folds + 1):
        uar, war = best_recalls([plan for plan in plans if plan.fold == fold], observe)
        assert ceiling(spec) == pytest.approx(uar) == pytest.approx(war)


def test_no_face_only_model_passes_the_ceiling_even_if_it_knows_the_test_clips():
    # A model may memorize each face of the split, but twins share theirs.
    spec = BenchmarkSpec(clips_per_class=20, ambiguous_share=0.5)
    plans = [plan for plan in plan_clips(spec) if plan.fold == 1]
    uar, war = best_recalls(plans, lambda plan: plan.face_seed)
    assert uar == pytest.approx(face_only_ceiling(spec)) == pytest.approx(war)


def test_scene_only_ceiling_against_every_one_of_the_49_maps():
    plans = plan_clips(BenchmarkSpec())
    best = max(sum(plan.emotion == (bright if plan.mood == 'bright' else dark) for plan in plans)
               for bright, dark in itertools.product(CLASSES, CLASSES))
    assert scene_only_ceiling(BenchmarkSpec()) == pytest.approx(best / len(plans))
