import numpy as np
import pytest

from ous_mmaction.apis.film_results import PersonScores, StepResult
from ous_mmaction.apis.timeline import Change, Segment, find_changes, find_segments, smooth


def steps_of(rows, stride=0.5):
    """One person per column; None where the face is not visible. The values are P(class 0)."""
    return [StepResult(number, number * stride, (number + 1) * stride,
                       [PersonScores(person, 1., np.array([p, 1 - p]))
                        for person, p in enumerate(row, start=1) if p is not None])
            for number, row in enumerate(rows)]


@pytest.mark.parametrize('reach', [0, 1, 2, 5])
@pytest.mark.parametrize('count', [1, 2, 3, 4, 9])
def test_smoothing_is_the_mean_over_visible_neighbors(count, reach):
    values = np.random.default_rng(count).random(count).astype(object)
    values[1:4:2] = None
    smoothed = list(smooth(steps_of([[value] for value in values]), reach))
    assert [step.number for step in smoothed] == list(range(count))
    for index, step in enumerate(smoothed):
        near = [v for v in values[max(0, index - reach):index + reach + 1] if v is not None]
        assert len(step.people) == (values[index] is not None)
        for row in step.people:
            assert row.scores[0] == pytest.approx(np.mean(near))


def test_segments_and_changes():
    steps = steps_of([[.9, None], [.7, .6], [.2, .6], [.4, None], [None, None], [.4, .1]])
    segments = list(find_segments(steps, ['sad', 'glad']))
    assert sorted(segments) == [
        Segment(1, 0, 1, 'sad', pytest.approx(.8)), Segment(1, 1, 2, 'glad', pytest.approx(.7)),
        Segment(1, 2.5, 3, 'glad', pytest.approx(.6)), Segment(2, .5, 1.5, 'sad', .6),
        Segment(2, 2.5, 3, 'glad', .9)]
    # Person 2 was away in between: that is no change that anybody saw.
    assert list(find_changes(segments)) == [Change(1, 1, 'sad', 'glad')]
