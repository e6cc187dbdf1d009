from __future__ import annotations

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS, TRANSFORMS
from PIL import Image, ImageOps
from torchvision.transforms import CenterCrop, Compose, Resize

from ous_mmaction.datasets.transforms.face_scene_split import crop_square, paint_box, square_around

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
    paint_box(frame, np.array(box, np.float32), 1.0, (1, 1, 1))
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside = (columns >= box[0]) & (columns < box[2]) & (rows >= box[1]) & (rows < box[3])
    np.testing.assert_array_equal(frame[..., 0] == 1, inside)


def faded(frame, box, margin, color, fade):
    """The formula of the soft mask in float64, by the distances to all pixels that are filled."""
    width, height = box[2] - box[0], box[3] - box[1]
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    left, right = middle[0] - width * margin / 2, middle[0] + width * margin / 2
    top, bottom = middle[1] - height * margin / 2, middle[1] + height * margin / 2
    filled = [(x, y) for x in range(-200, 300) for y in range(-200, 300)
              if x + 1 > left and x < right and y + 1 > top and y < bottom]
    filled = np.array(filled, np.float64)
    expected, columns = frame.astype(np.float64), np.arange(frame.shape[1])
    for y in range(frame.shape[0]):
        pixels = np.stack([columns, np.full_like(columns, y)], axis=1)
        distance = np.sqrt(((filled - pixels[:, None]) ** 2).sum(axis=2).min(axis=1))
        alpha = np.maximum(0, 1 - distance / (fade * max(width, height)))[:, None]
        expected[y] = alpha * np.array(color) + (1 - alpha) * expected[y]
    return expected


@pytest.mark.parametrize('box, margin, fade', [
    ([20, 12, 32, 28], 1.1, 0.5), ([-6, -4, 8, 12], 1.0, 0.3), ([50, 10, 58, 18], 1.5, 2.0),
    ([20.4, 30.7, 60.2, 55.1], 1.0, 0.25), ([80, 80, 90, 90], 1.0, 0.5)])
def test_soft_mask_is_its_formula(frames, box, margin, fade):
    frame = frames[0, :40, :60].copy()
    expected = faded(frame, np.array(box, np.float64), margin, (255, 0, 9), fade)
    paint_box(frame, np.array(box, np.float64), margin, (255, 0, 9), fade)
    assert np.abs(frame - expected).max() <= 0.5 + 1e-9  # rounded


def test_soft_mask_covers_what_the_hard_one_covers_and_has_no_edge():
    box, white = np.array([60., 30., 90., 60.], np.float32), np.full((90, 160, 3), 255, np.uint8)
    hard, soft = white.copy(), white.copy()
    paint_box(hard, box, 1.1, (0, 0, 0))
    paint_box(soft, box, 1.1, (0, 0, 0), fade=0.5)  # 15 pixels
    assert (hard[45, 40:60, 0] == [255] * 18 + [0] * 2).all()
    assert not soft[hard == 0].any()
    for axis in (0, 1):
        assert np.abs(np.diff(hard.astype(int), axis=axis)).max() == 255
        assert np.abs(np.diff(soft.astype(int), axis=axis)).max() == 255 // 15
    assert soft[45, 43, 0] == 255 and soft[45, 44, 0] < 255  # ends where it says


def test_soft_mask_in_the_scene_stream(frames):
    """The frame is masked before it is resized, and the face stream is untouched."""
    box = np.array([40., 20., 60., 50.])
    results = split(frames, box, margin=1.2, scene='masked', fade=0.3, fill=(255, 0, 9))
    masked = [np.rint(faded(frame, box, 1.2, (255, 0, 9), 0.3)).astype(np.uint8)
              for frame in frames]
    assert_close(results['scene'], [pillow_resize(frame) for frame in masked])
    assert torch.equal(results['face'], split(frames, box, margin=1.2)['face'])


def pillow_whole(image, how):
    """Crop as CLIP's published preprocessing does with PIL images, or pad with Pillow itself."""
    image = Image.fromarray(image)
    if how == 'crop':
        image = Compose([Resize(32, Image.BICUBIC), CenterCrop(32)])(image)
    else:
        image = ImageOps.pad(image, (32, 32), Image.BICUBIC, color=(122, 116, 104))
    return np.asarray(image).transpose(2, 0, 1)


@pytest.mark.parametrize('turned', [False, True])
@pytest.mark.parametrize('how', ['crop', 'pad'])
def test_scene_with_its_aspect(frames, how, turned):
    frames = np.ascontiguousarray(frames.swapaxes(1, 2)) if turned else frames
    results = split(frames, [40, 20, 60, 50], scene_resize=how)
    assert_close(results['scene'], [pillow_whole(frame, how) for frame in frames])
    assert torch.equal(results['face'], split(frames, [40, 20, 60, 50])['face'])
    without = split(frames, [0, 0, 9, 9], face_found=False, scene_resize=how)
    assert torch.equal(without['face'], results['scene'])


@pytest.mark.parametrize('how', ['squash', 'crop', 'pad'])
def test_square_scene_is_the_same_however_it_is_resized(frames, how):
    square = np.ascontiguousarray(frames[:, :, :90])
    results = split(square, [40, 20, 60, 50], scene_resize=how)
    assert_close(results['scene'], [pillow_resize(frame) for frame in square])


def test_padding_is_zero_for_the_model(frames):
    """And an odd pixel of it is below."""
    scene = split(frames[:, :85], [40, 20, 60, 50], scene_resize='pad')['scene']  # 17 rows of 32
    preprocess = MODELS.build(dict(type='FaceScenePreprocessor'))
    batch = dict(inputs=dict(face=[scene], scene=[scene], mask=[torch.ones(3, dtype=torch.bool)]),
                 data_samples=[])
    seen = preprocess(batch)['inputs']['scene'][0].abs()
    bars = torch.ones(32, dtype=torch.bool)
    bars[7:24] = False
    assert seen[:, :, bars].max() < 0.012 < 0.1 < seen[:, :, ~bars].mean()


@pytest.mark.parametrize('key, value, message', [
    ('scene', 'blurred', "`FaceSceneSplit.scene` must be one of .*, but got 'blurred'"),
    ('scene_resize', 'fit', "`FaceSceneSplit.scene_resize` must be one of .*, but got 'fit'"),
    ('fade', -0.1, '`FaceSceneSplit.fade` must be at least 0, but got -0.1')])
def test_wrong_key(key, value, message):
    with pytest.raises(ValueError, match=message):
        TRANSFORMS.build({'type': 'FaceSceneSplit', key: value})


@pytest.mark.parametrize('options', [dict(face_found=False), dict(scene='face')])
def test_streams_that_show_the_same_are_equal_pixel_by_pixel(frames, options):
    """So that the backbone encodes them once."""
    results = split(frames, [40, 20, 60, 50], **options)
    assert torch.equal(results['face'], results['scene'])
