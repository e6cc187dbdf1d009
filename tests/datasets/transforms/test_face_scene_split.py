from __future__ import annotations

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from PIL import Image

from ous_mmaction.datasets.transforms.face_scene_split import crop_square, fill_box, square_around

HEIGHT, WIDTH = 90, 160


@pytest.fixture
def frames():
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    planes = [np.sin(rows / 7 + t) + np.cos(columns / (9 + c)) for t in range(3) for c in range(3)]
    smooth = np.stack(planes).reshape(3, 3, HEIGHT, WIDTH).transpose(0, 2, 3, 1)
    return (127 + 60 * smooth).astype(np.uint8)


def split(frames, boxes, face_found=True, **kwargs):
    transform = TRANSFORMS.build(dict(type='FaceSceneSplit', size=32, **kwargs))
    boxes = np.broadcast_to(np.asarray(boxes, np.float32), (len(frames), 4))
    return transform(dict(imgs=frames, face_boxes=boxes, face_found=face_found))


def pillow_resize(image):
    """Resize with Pillow, whose antialiased bicubic filter is an independent implementation."""
    return np.asarray(Image.fromarray(image).resize((32, 32), Image.BICUBIC)).transpose(2, 0, 1)


def assert_close(stream, expected):
    assert stream.dtype == torch.uint8 and stream.shape == (3, 3, 32, 32)
    assert np.abs(stream.numpy().astype(int) - np.stack(expected)).max() <= 2


def test_square_around_the_face_of_each_frame(frames):
    boxes = np.array([[40, 20, 60, 50], [50, 22, 80, 44], [44, 30, 64, 60]], np.float32)
    results = split(frames, boxes, margin=1.2)
    # Sides 36; centers (50, 35), (65, 33), (54, 45).
    corners = [(17, 32), (15, 47), (27, 36)]
    expected = [pillow_resize(frame[top:top + 36, left:left + 36])
                for frame, (top, left) in zip(frames, corners)]
    assert_close(results['face'], expected)
    assert_close(results['scene'], [pillow_resize(frame) for frame in frames])
    assert 'imgs' not in results


def test_masked_scene(frames):
    before = frames.copy()
    results = split(frames, [40, 20, 60, 50], margin=1.2, scene='masked', fill=(255, 0, 9))
    for frame in before:
        frame[17:53, 38:62] = (255, 0, 9)
    assert_close(results['scene'], [pillow_resize(frame) for frame in before])
    plain = split(frames, [40, 20, 60, 50], margin=1.2)  # the frames were not changed
    assert torch.equal(results['face'], plain['face'])
    assert not torch.equal(results['scene'], plain['scene'])


def test_blank_scene_says_nothing_and_leaves_the_face(frames):
    results = split(frames, [40, 20, 60, 50], scene='blank', fill=(1, 2, 3))
    expected = np.broadcast_to(np.array([1, 2, 3], np.uint8)[:, None, None], (3, 3, 32, 32))
    np.testing.assert_array_equal(results['scene'], expected)
    torch.testing.assert_close(results['face'], split(frames, [40, 20, 60, 50])['face'])


def test_face_in_both_streams(frames):
    results = split(frames, [40, 20, 60, 50], scene='face')
    assert torch.equal(results['face'], split(frames, [40, 20, 60, 50])['face'])
    assert torch.equal(results['scene'], results['face'])
    results['face'].zero_()
    assert results['scene'].any()  # in-place augmentation of one stream leaves the other


@pytest.mark.parametrize('scene', ['full', 'masked'])
def test_clip_without_a_face(frames, scene):
    results = split(frames, [0, 0, WIDTH, HEIGHT], face_found=False, scene=scene)
    whole = [pillow_resize(frame) for frame in frames]
    assert_close(results['face'], whole)
    assert_close(results['scene'], whole)
    results['face'].zero_()
    assert results['scene'].any()  # in-place augmentation of one stream leaves the other


@pytest.mark.parametrize('box, expected', [
    ([40, 20, 60, 40], (20, 40, 20)),       # inside
    ([-10, 20, 10, 40], (20, 0, 20)),       # half out: shifted back
    ([150, 80, 170, 100], (70, 140, 20)),   # beyond the corner
    ([500, 500, 520, 520], (70, 140, 20)),  # wholly outside
    ([30, 0, 130, 90], (-5, 30, 100)),      # longer than the frame is high
    ([-20, -60, 180, 140], (-55, -20, 200)),  # larger than the frame
    ([10.2, 10.2, 10.4, 10.3], (10, 10, 1)),  # less than a pixel
])
def test_square_around(box, expected):
    assert square_around(np.array(box, np.float32), 1.0, (HEIGHT, WIDTH)) == expected


def test_square_contains_the_face_wherever_the_frame_allows_it():
    generator = np.random.default_rng(0)
    for _ in range(500):
        corner = generator.uniform(0, [WIDTH - 2, HEIGHT - 2])
        extent = generator.uniform(1, [WIDTH - corner[0], HEIGHT - corner[1]])
        box = np.array([*corner, *(corner + extent)])
        top, left, side = square_around(box, 1.1, (HEIGHT, WIDTH))
        assert left - 1 <= box[0] and top - 1 <= box[1]
        assert box[2] <= left + side + 1 and box[3] <= top + side + 1
        if side <= HEIGHT:
            assert 0 <= top <= HEIGHT - side and 0 <= left <= WIDTH - side


@pytest.mark.parametrize('top, left, side', [(5, 9, 20), (-5, 30, 100), (-55, -20, 200),
                                             (0, 0, 90), (70, 140, 20)])
def test_crop_repeats_the_border(frames, top, left, side):
    rows = np.clip(np.arange(top, top + side), 0, HEIGHT - 1)
    columns = np.clip(np.arange(left, left + side), 0, WIDTH - 1)
    expected = frames[0][rows[:, None], columns[None]]
    np.testing.assert_array_equal(crop_square(frames[0], top, left, side), expected)


@pytest.mark.parametrize('box', [[-30, -30, 10, 10], [150, 80, 300, 300], [-50, -50, -5, -5],
                                 [400, 400, 500, 500], [-9, -9, 999, 999]])
def test_fill_paints_only_inside_the_frame(box):
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    fill_box(frame, np.array(box, np.float32), 1.0, (1, 1, 1))
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside = (columns >= box[0]) & (columns < box[2]) & (rows >= box[1]) & (rows < box[3])
    np.testing.assert_array_equal(frame[..., 0] == 1, inside)


def test_unknown_scene():
    message = "`FaceSceneSplit.scene` must be one of .*, but got 'blurred'"
    with pytest.raises(ValueError, match=message):
        TRANSFORMS.build(dict(type='FaceSceneSplit', scene='blurred'))


@pytest.mark.parametrize('options', [dict(face_found=False), dict(scene='face')])
def test_streams_that_show_the_same_are_equal_pixel_by_pixel(frames, options):
    """So that the backbone encodes them once."""
    results = split(frames, [40, 20, 60, 50], **options)
    assert torch.equal(results['face'], results['scene'])
