"""What any decoder gives to the face stream must not depend on the scene."""
from __future__ import annotations

import av
import cv2
import decord
import numpy as np
import pytest

from ous_mmaction.datasets.transforms.face_scene_split import crop_square, square_around
from ous_mmaction.rendered import render_clip
from ous_mmaction.rendered.clips import clip_portrait
from ous_mmaction.rendered.video_writer import write_video


def read_decord(path):
    reader = decord.VideoReader(str(path), num_threads=1)
    return reader.get_batch(range(len(reader))).asnumpy()


def read_pyav(path):
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)])


def read_opencv(path):
    capture, frames = cv2.VideoCapture(str(path)), []
    while (read := capture.read())[0]:
        frames.append(read[1][..., ::-1])
    assert len(frames) == int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    return np.stack(frames)


READERS = pytest.mark.parametrize('read', [read_decord, read_pyav, read_opencv])


@READERS
def test_decodes_to_what_was_drawn(read, small_benchmark, small_plans, small_spec):
    for plan in small_plans[:6]:
        drawn, _ = render_clip(plan, small_spec)
        decoded = read(small_benchmark / f'Clip/original/{plan.number}.mp4')
        assert decoded.shape == drawn.shape and len(decoded) == plan.num_frames
        assert np.abs(decoded.astype(int) - drawn).mean() < 3


@READERS
def test_twins_have_bit_identical_face_crops(read, small_benchmark, small_plans, small_spec):
    twins = [plan for plan in small_plans if plan.twin and plan.mood == 'bright']
    assert len(twins) == 12
    for plan in twins:
        own, other = (read(small_benchmark / f'Clip/original/{number}.mp4')
                      for number in (plan.number, plan.twin))
        assert len(own) == len(other)
        for a, b, box in zip(own, other, clip_portrait(plan, small_spec).boxes):
            for error in (-3, 0, 3):  # error of a detector in pixels
                square = square_around(box + error, 1.2, a.shape[:2])
                assert np.array_equal(crop_square(a, *square), crop_square(b, *square))
            assert not np.array_equal(a, b)


@READERS
def test_pixels_depend_on_nothing_eight_pixels_away(read, tmp_path):
    """The worst case is the same patch in black, white and noisy surroundings."""
    rng = np.random.default_rng(0)
    patch = rng.integers(0, 256, (3, 101, 83, 3), np.uint8)
    decoded = []
    noise = rng.integers(0, 256, (3, 192, 192, 3), np.uint8)
    for index, around in enumerate((np.zeros_like(noise), np.full_like(noise, 255), noise)):
        frames = around.copy()
        frames[:, 37:138, 51:134] = patch
        write_video(tmp_path / f'{index}.mp4', frames, 12)
        decoded.append(read(tmp_path / f'{index}.mp4')[:, 45:130, 59:126])
    assert np.array_equal(decoded[0], decoded[1]) and np.array_equal(decoded[0], decoded[2])


def test_leaves_nothing_behind_but_the_file(tmp_path):
    write_video(tmp_path / 'a.mp4', np.zeros((2, 96, 96, 3), np.uint8), 12)
    assert [path.name for path in tmp_path.iterdir()] == ['a.mp4']
