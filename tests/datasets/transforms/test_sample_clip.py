from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS


def sample(total_frames, clip_len=16, test_mode=True, **kwargs):
    transform = TRANSFORMS.build(dict(type='SampleClip', clip_len=clip_len, test_mode=test_mode,
                                      **kwargs))
    return transform(dict(total_frames=total_frames))


def segments(total_frames, clip_len):
    """List the frames of every segment, with exact fractions and a loop."""
    bounds = [floor(Fraction(k * total_frames, clip_len)) for k in range(clip_len + 1)]
    return [list(range(bounds[k], bounds[k + 1])) for k in range(clip_len)]


@pytest.mark.parametrize('total_frames', [16, 17, 18, 31, 32, 33, 77, 847])
@pytest.mark.parametrize('clip_len', [1, 8, 16])
def test_testing_takes_the_center_of_each_segment(total_frames, clip_len):
    results = sample(total_frames, clip_len)
    expected = [frames[len(frames) // 2] for frames in segments(total_frames, clip_len)]
    assert results['frame_inds'].tolist() == expected
    assert results['frame_inds'].dtype == np.int64
    assert results['mask'].tolist() == [True] * clip_len


@pytest.mark.parametrize('total_frames', [16, 17, 40, 77])
def test_training_draws_every_frame_of_each_segment_and_no_other(total_frames):
    np.random.seed(0)
    seen = [set() for _ in range(16)]
    for _ in range(300):
        frames = sample(total_frames, test_mode=False)['frame_inds']
        assert (np.diff(frames) > 0).all()
        for k, frame in enumerate(frames.tolist()):
            seen[k].add(frame)
    assert seen == [set(frames) for frames in segments(total_frames, 16)]


def test_training_draws_evenly():
    np.random.seed(0)
    frames = np.stack([sample(80, test_mode=False)['frame_inds'] for _ in range(2000)])
    counts = np.bincount(frames.ravel(), minlength=80)
    # Binomial(2000, 1/5): 400 +- 18; five deviations.
    assert (np.abs(counts - 400) < 5 * np.sqrt(2000 * 0.2 * 0.8)).all()


def runs(frames, length):
    """List every run of consecutive frames, with a loop."""
    return [frames[k:k + length] for k in range(len(frames) - length + 1)]


@pytest.mark.parametrize('total_frames', [16, 17, 23, 24, 40, 77, 847])
@pytest.mark.parametrize('length', [2, 4, 16])
def test_testing_takes_the_central_run_of_each_segment(total_frames, length):
    results = sample(total_frames, frames_per_segment=length)
    expected = []
    for frames in segments(total_frames, 16 // length):
        choices = runs(frames, length)
        expected += choices[len(choices) // 2]
    assert results['frame_inds'].tolist() == expected
    assert results['frame_inds'].dtype == np.int64
    assert results['mask'].all()


@pytest.mark.parametrize('total_frames', [64, 77, 120, 847])
def test_central_runs_are_former_dfers(total_frames):
    """Starts at floor(tick / 2 + tick * k), tick = (n - V + 1) / U, up to one frame of rounding."""
    tick = Fraction(total_frames - 1, 8)
    published = [floor(tick / 2 + tick * k) for k in range(8)]
    starts = sample(total_frames, frames_per_segment=2)['frame_inds'][::2]
    assert np.abs(starts - published).max() <= 1


@pytest.mark.parametrize('total_frames', [16, 17, 40, 77])
def test_training_draws_every_run_of_each_segment_and_no_other(total_frames):
    np.random.seed(0)
    seen = [set() for _ in range(8)]
    for _ in range(300):
        results = sample(total_frames, test_mode=False, frames_per_segment=2)
        assert (np.diff(results['frame_inds']) > 0).all()
        for k, run in enumerate(results['frame_inds'].reshape(8, 2).tolist()):
            seen[k].add(tuple(run))
    assert seen == [set(map(tuple, runs(frames, 2))) for frames in segments(total_frames, 8)]


@pytest.mark.parametrize('total_frames', [1, 9, 15])
@pytest.mark.parametrize('test_mode', [True, False])
def test_short_clip_gives_each_frame_once_in_runs_too(total_frames, test_mode):
    results = sample(total_frames, test_mode=test_mode, frames_per_segment=2)
    assert results['frame_inds'].tolist() == sample(total_frames)['frame_inds'].tolist()
    assert results['mask'].sum() == total_frames


@pytest.mark.parametrize('length', [0, 3, 32])
def test_runs_that_do_not_fill_the_clip(length):
    with pytest.raises(ValueError, match='clip_len` is 16.*multiple of `frames_per_segment`, '
                                         f'which is {length}'):
        sample(5, frames_per_segment=length)


@pytest.mark.parametrize('total_frames', [1, 2, 8, 15])
@pytest.mark.parametrize('test_mode', [True, False])
def test_short_clip_gives_each_frame_once_then_its_last(total_frames, test_mode):
    results = sample(total_frames, test_mode=test_mode)
    padding = 16 - total_frames
    assert results['frame_inds'].tolist() == [*range(total_frames)] + [total_frames - 1] * padding
    assert results['mask'].tolist() == [True] * total_frames + [False] * padding
    assert results['mask'].dtype == bool


def test_randomness_is_numpys():
    np.random.seed(3)
    first = sample(77, test_mode=False)['frame_inds']
    second = sample(77, test_mode=False)['frame_inds']
    np.random.seed(3)
    np.testing.assert_array_equal(sample(77, test_mode=False)['frame_inds'], first)
    assert (first != second).any()


@pytest.mark.parametrize('test_mode', [True, False])
@pytest.mark.parametrize('total_frames, expected', [
    (9, [5, 6, 7, 8]), (4, [0, 1, 2, 3]), (2, [0, 1, 1, 1])])
def test_last_frames_of_a_clip(total_frames, expected, test_mode):
    transform = TRANSFORMS.build(dict(type='SampleClip', clip_len=4, select='last',
                                      test_mode=test_mode))
    results = transform(dict(total_frames=total_frames))
    assert results['frame_inds'].tolist() == expected
    assert results['frame_inds'].dtype == np.int64
    assert results['mask'].tolist() == [k < total_frames for k in range(4)]


def test_unknown_selection():
    message = "`SampleClip.select` must be one of segments, last, but got 'first'"
    with pytest.raises(ValueError, match=message):
        TRANSFORMS.build(dict(type='SampleClip', select='first'))


def test_no_frames_asked_for():
    with pytest.raises(ValueError, match='clip_len` must be at least 1, but got 0'):
        sample(5, clip_len=0)
