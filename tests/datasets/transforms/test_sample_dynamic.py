"""Frames that published codes choose, by the check values of the facts sheet."""
import numpy as np
import pytest

from ous_mmaction.datasets.transforms import SampleDynamic


def frames(total, **options):
    results = SampleDynamic(test_mode=True, **options).transform(dict(total_frames=total))
    return results['frame_inds'].tolist(), results['mask'].tolist()


@pytest.mark.parametrize('total, run, expected', [
    (77, 1, '2 7 12 16 21 26 31 36 40 45 50 55 60 64 69 74'),
    (77, 2, '4 5 14 15 23 24 33 34 42 43 52 53 61 62 71 72'),
    (10, 2, '0 1 1 2 2 3 3 4 5 6 6 7 7 8 8 9'),
    (9, 2, '0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1'),
    (1, 2, '0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0')])
def test_check_values_of_the_sheet(total, run, expected):
    inds, mask = frames(total, frames_per_segment=run)
    assert inds == [int(x) for x in expected.split()] and all(mask)


@pytest.mark.parametrize('total', [1, 5, 15, 16])
def test_short_clips_of_dfer_clip_give_all_frames_then_the_last(total):
    inds, mask = frames(total, short='all')
    assert inds == [*range(total), *[total - 1] * (16 - total)]
    assert mask == [k < total for k in range(16)]


@pytest.mark.parametrize('total', range(17, 80))
def test_test_frames_follow_the_formula(total):
    tick = total / 16
    assert frames(total, short='all')[0] == [int(tick / 2 + tick * k) for k in range(16)]


@pytest.mark.parametrize('total, run', [(77, 1), (77, 2), (17, 2), (16, 2), (10, 2), (16, 1)])
def test_training_draws_from_its_segments(total, run):
    np.random.seed(0)
    step, draws = SampleDynamic(frames_per_segment=run), []
    for _ in range(400):
        draws.append(step.transform(dict(total_frames=total))['frame_inds'][::run])
    draws, length = np.array(draws), (total - run + 1) // (16 // run)
    if length:
        for k, column in enumerate(draws.T):
            assert set(column) == set(range(k * length, (k + 1) * length))
    else:
        assert (np.diff(draws) >= 0).all() and set(draws.ravel()) == set(range(total - run + 1))


def test_keys_out_of_range_are_refused():
    with pytest.raises(ValueError, match='clip_len` is 15, but it must be a positive multiple'):
        SampleDynamic(clip_len=15, frames_per_segment=2)
    with pytest.raises(ValueError, match='`SampleDynamic.short` must be one of first, all'):
        SampleDynamic(short='last')
