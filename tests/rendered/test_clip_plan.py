from __future__ import annotations

from collections import Counter

import pytest

from ous_mmaction.rendered import BenchmarkSpec, plan_clips
from ous_mmaction.rendered.expressions import CLASSES, PAIRS

SPEC = BenchmarkSpec()


@pytest.fixture(scope='module')
def plans():
    return plan_clips(SPEC)


def test_counts_are_exact_in_every_fold(plans):
    assert [plan.number for plan in plans] == list(range(1, 7 * 150 + 1))
    for fold in range(1, 6):
        test = [plan for plan in plans if plan.fold == fold]
        assert Counter(plan.emotion for plan in test) == {name: 30 for name in CLASSES}
        for expression, (bright, dark) in PAIRS.items():
            shown = Counter((plan.emotion, plan.mood) for plan in test
                            if plan.expression == expression)
            assert shown == {(bright, 'bright'): 24, (dark, 'dark'): 24}
        for emotion in CLASSES:
            moods = Counter(plan.mood for plan in test if plan.expression == emotion.lower())
            half = 15 if emotion == 'Neutral' else 3
            assert moods == {'bright': half, 'dark': half}


def test_twins_are_mutual_and_share_all_but_the_scene(plans):
    by_number = {plan.number: plan for plan in plans}
    ambiguous = [plan for plan in plans if plan.expression in PAIRS]
    assert len(ambiguous) == 6 * 120
    assert all((plan.twin is not None) == (plan.expression in PAIRS) for plan in plans)
    for plan in ambiguous:
        twin = by_number[plan.twin]
        assert twin.twin == plan.number != twin.number
        assert {plan.emotion, twin.emotion} == set(PAIRS[plan.expression])
        assert {plan.mood, twin.mood} == {'bright', 'dark'}
        for key in ('expression', 'fold', 'num_frames', 'face_seed'):
            assert getattr(plan, key) == getattr(twin, key)
        assert plan.scene_seed != twin.scene_seed


def test_faces_and_scenes_repeat_only_in_twins(plans):
    assert max(Counter(plan.face_seed for plan in plans if plan.twin is None).values()) == 1
    assert set(Counter(plan.face_seed for plan in plans if plan.twin).values()) == {2}
    assert max(Counter(plan.scene_seed for plan in plans).values()) == 1


def test_numbers_say_nothing_of_the_class(plans):
    # If the numbers were ordered by class, their mean would be 75 for the first class and 975 for
    # the last. The mean of 150 shuffled numbers stays within 5 standard deviations of 525.
    for emotion in CLASSES:
        own = [plan.number for plan in plans if plan.emotion == emotion]
        assert abs(sum(own) / len(own) - 525.5) < 5 * 23


def test_lengths_cover_the_range(plans):
    assert {plan.num_frames for plan in plans} == set(range(12, 21))


def test_another_seed_is_another_benchmark(plans):
    other = plan_clips(BenchmarkSpec(seed=1))
    assert [plan.emotion for plan in other] != [plan.emotion for plan in plans]
    assert not {plan.face_seed for plan in other} & {plan.face_seed for plan in plans}


@pytest.mark.parametrize('change', [
    dict(clips_per_class=151), dict(clips_per_class=75), dict(ambiguous_share=0.81),
    dict(ambiguous_share=0.9), dict(ambiguous_share=1.2), dict(folds=1), dict(size=64),
    dict(frames=(20, 12)), dict(frames=(0, 3)), dict(fps=0), dict(seed=-1),
    dict(clips_per_class=0)])
def test_impossible_specs_are_refused_by_name(change):
    with pytest.raises(ValueError, match='^BenchmarkSpec: [^\n]*' + next(iter(change))):
        BenchmarkSpec(**change)
