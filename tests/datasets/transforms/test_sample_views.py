import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose


def sample(total_frames, test_mode=True, **kwargs):
    transform = TRANSFORMS.build(dict(type='SampleViews', test_mode=test_mode, **kwargs))
    return transform(dict(total_frames=total_frames))


# The sheet's check values, which were compared with the pixels of the authors' own test set.
@pytest.mark.parametrize('total_frames, first, last', [
    (77, range(0, 61, 4), range(16, 77, 4)),
    (50, [*range(0, 49, 4), 48, 48, 48], [*range(0, 49, 4), 48, 48, 48])])
def test_views_are_the_first_and_the_last(total_frames, first, last):
    results = sample(total_frames, stride=4)
    assert results['frame_inds'].tolist() == [*first, *last]
    assert (results['clip_len'], results['num_clips']) == (16, 2)


@pytest.mark.parametrize('total_frames', [1, 12, 16, 17, 31, 64, 847])
@pytest.mark.parametrize('stride', [1, 4])
def test_views_are_the_sheets(total_frames, stride):
    frames = list(range(total_frames))[::stride]
    while len(frames) < 16:
        frames.append(frames[-1])
    results = sample(total_frames, stride=stride)
    assert results['frame_inds'].tolist() == frames[:16] + frames[-16:]
    real = min(16, len(range(0, total_frames, stride)))
    assert results['mask'].tolist() == 2 * ([True] * real + [False] * (16 - real))
    one = sample(total_frames, stride=stride, num_views=1)
    assert one['frame_inds'].tolist() == frames[:16] and one['num_clips'] == 1


def test_training_draws_every_window_evenly_and_stays_inside():
    np.random.seed(0)
    drawn = np.stack([sample(70, test_mode=False, stride=4)['frame_inds'] for _ in range(700)])
    # 16 points from the first to the last of 64 frames, after each of 7 starts.
    steps = np.floor(np.arange(16) * 64 / 15).clip(max=63)
    np.testing.assert_array_equal(drawn - drawn[:, :1], np.tile(steps, (700, 1)))
    counts = np.bincount(drawn[:, 0], minlength=7)
    assert len(counts) == 7 and (np.abs(counts - 100) < 5 * np.sqrt(700 * 6 / 49)).all()


def test_training_repeats_the_last_frame_of_a_short_clip():
    results = sample(10, test_mode=False, stride=4)
    assert results['frame_inds'].tolist() == [0, 4, 8, *[9] * 13]
    assert results['mask'].tolist() == [True] * 4 + [False] * 12


@pytest.mark.parametrize('key', ['clip_len', 'stride', 'num_views'])
def test_number_below_one_is_refused(key):
    with pytest.raises(ValueError, match=f'`SampleViews.{key}` must be at least 1, but got 0'):
        sample(77, **{key: 0})


def test_views_reach_a_3d_recognizer_apart():
    """Frame t of view v arrives at [v, :, t], through the transforms of MMAction2."""
    frames = torch.arange(32, dtype=torch.uint8)[:, None, None, None].expand(32, 3, 4, 4)
    steps = Compose([dict(type='TakeStream'), dict(type='FormatShape', input_format='NCTHW')])
    imgs = steps(dict(sample(77, stride=4), face=frames, scene=frames))['imgs']
    assert imgs.shape == (2, 3, 16, 4, 4)
    np.testing.assert_array_equal(imgs[:, 0, :, 0, 0], np.arange(32).reshape(2, 16))


def test_sixteen_frames_are_sorted_as_their_names():
    """facts/checkpoints.md: the network saw 1, 10, 11, ..., 16, 2, ..., 9."""
    transform = TRANSFORMS.build(dict(type='SortFramesAsStrings'))
    names = [f'{number}.jpg' for number in range(1, 17)]
    frames = np.arange(16)
    results = transform(dict(frame_inds=frames, mask=frames < 10))
    assert [names[index] for index in results['frame_inds']] == sorted(names)
    assert results['mask'].tolist() == [index < 10 for index in results['frame_inds']]
