from __future__ import annotations

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from PIL import Image, ImageOps

from ous_mmaction.video import VideoError


@pytest.fixture
def pair(tmp_path, video):
    """Two folders of ten frames of different sizes, all of which carry their numbers."""
    for name, size in (('frames', (48, 64)), ('faces', (32, 32))):
        (tmp_path / name).mkdir()
        for index, image in enumerate(video.stamped_frames(10, *size), 1):
            Image.fromarray(image).save(tmp_path / name / f'{index}.png')
    return tmp_path


def read(pair, keys=(), **results):
    record = dict(clip_id='a', frame_dir=str(pair / 'frames'), face_dir=str(pair / 'faces'),
                  total_frames=10, frame_inds=np.array([0, 4, 9, 9]))
    return TRANSFORMS.build(dict(type='ReadPair', size=16, **dict(keys)))({**record, **results})


def test_both_streams_show_the_same_frames(pair, video):
    results = read(pair)
    for stream in ('face', 'scene'):
        assert results[stream].shape == (4, 3, 16, 16) and results[stream].dtype == torch.uint8
        assert video.read_stamps(results[stream].permute(0, 2, 3, 1).numpy()) == [0, 4, 9, 9]
    assert results['face_found'] is True and results['original_shape'] == (48, 64)


@pytest.mark.parametrize('stream, size', [('face', (32, 32)), ('scene', (48, 64))])
def test_streams_are_resized_as_pillow_does(pair, video, stream, size):
    frame = video.stamped_frames(10, *size)[4]
    expected = np.asarray(Image.fromarray(frame).resize((16, 16), Image.BICUBIC), int)
    difference = read(pair)[stream][1].permute(1, 2, 0).numpy() - expected
    assert np.abs(difference).max() <= 2


def test_scene_with_its_aspect(pair, video):
    streams = read(pair, dict(scene_resize='pad'))
    frame = Image.fromarray(video.stamped_frames(10, 48, 64)[4])
    expected = np.asarray(ImageOps.pad(frame, (16, 16), Image.BICUBIC, (122, 116, 104)), int)
    assert np.abs(streams['scene'][1].permute(1, 2, 0).numpy() - expected).max() <= 2
    assert torch.equal(streams['face'], read(pair)['face'])


def test_pair_of_unlike_lengths_is_an_error(pair):
    (pair / 'faces' / '10.png').unlink()
    message = 'faces: the clip has 9 frames, but the annotation says 10'
    with pytest.raises(VideoError, match=message):
        read(pair)


def test_clip_without_face_crops(pair):
    message = 'clip b has no `face_dir`.*run tools/prepare_dataset.py'
    with pytest.raises(ValueError, match=message):
        TRANSFORMS.build(dict(type='ReadPair'))(dict(clip_id='b', frame_dir=str(pair)))
