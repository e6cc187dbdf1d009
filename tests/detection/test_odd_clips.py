"""Unusual clips, prepared, searched for faces and loaded for training."""
import cv2
import numpy as np
import pytest
from mmengine.runner import Runner

from ous_mmaction.datasets.annotation import write_annotation
from ous_mmaction.datasets.face_boxes import read_face_boxes
from ous_mmaction.datasets.preparation import prepare
from ous_mmaction.datasets.readers.class_folders import read_folders
from ous_mmaction.detection.extraction import extract_faces
from ous_mmaction.detection.tracks import box_iou
from ous_mmaction.rendered.samples import render_frames

SIZE = 192
# Left and top of the nine small faces around the large one, 36 x 50 pixels each.
PLACES = [*((38 * column + 1, 2) for column in range(5)),
          (2, 80), (2, 135), (150, 80), (150, 135)]


def small_faces(samples):
    """Crops of faces, 36 x 50 pixels each."""
    for sample in samples:
        left, top, right, bottom = sample.box.astype(int)
        cut = sample.image[max(top - 8, 0):bottom + 8, max(left - 8, 0):right + 8]
        yield cv2.resize(cut, (36, 50))


def drawn_clips():
    """Name -> frames, the true face box of each frame, and options for writing them."""
    samples = list(render_frames(seed=94, count=12))
    image, box = samples[0].image, samples[0].box
    assert box[2] < 125 and box[1] > 60 and box[3] < 160  # leaves room for the changes below

    moved = [np.full_like(image, 60) for _ in range(16)]
    for step, frame in enumerate(moved):
        frame[:, 12 * step:] = image[:, :SIZE - 12 * step]
    offsets = 12 * np.arange(16)[:, None] * [1, 0, 1, 0]
    # Out of focus, so that the detector is surer of smaller faces.
    crowd = cv2.GaussianBlur((0.8 * image + 0.2 * 128).astype(np.uint8), (0, 0), 10)
    for (left, top), face in zip(PLACES, small_faces(samples[1:10])):
        crowd[top:top + 50, left:left + 36] = face
    top = int(box[1:4:2].mean()) - 54
    wide = cv2.resize(image[top:top + 108], (3840, 2160))

    still = np.tile(box, (6, 1))
    return {
        'one frame.mp4': (image[None], box[None], {}),
        '4K.mp4': ([wide] * 3, (np.tile(box, (3, 1)) - [0, top, 0, top]) * 20,
                   dict(preset='ultrafast')),
        'portrait.mp4': ([np.rot90(image[:, :160])] * 6, still, {}),
        'variable rate.mp4': ([image] * 6, still, dict(times=[0, 20, 40, 500, 520, 900],
                                                       rate=1000)),
        'gray.mp4': ([image] * 6, still, dict(pix_fmt='gray')),
        '一个 男人 (第2集) – é.mp4': ([image] * 6, still, {}),
        'leaves the frame.mp4': (moved, box + offsets, {}),
        'ten faces.mp4': ([crowd] * 6, still, {}),
        'no face.mp4': ([np.zeros_like(image)] * 6, None, {}),
    }


@pytest.fixture(scope='module')
def odd(video, tmp_path_factory):  # noqa: F811
    """The folder of the clips and their true boxes."""
    root = tmp_path_factory.mktemp('数据 集')
    (root / 'Happy').mkdir()
    clips = drawn_clips()
    for name, (frames, _, options) in clips.items():
        path = video.write(root / 'Happy' / name, np.stack(frames), **options)
        if name == 'portrait.mp4':  # rotated a quarter turn clockwise
            one = 1 << 16
            video.patch(path, b'tkhd', 44, (0, one, 0, -one, 0, 0, 160 * one, 0, 1 << 30))
    return root, {f'Happy/{name}': boxes for name, (_, boxes, _) in clips.items()}


@pytest.fixture(scope='module')
def boxes(odd, demo_detector):
    """Detected boxes by clip id, after preparing the folder as a user does."""
    root, _ = odd
    prepare(read_folders(root), root, root / 'annotations', progress=False)
    extract_faces(lambda: demo_detector, 'demo', [root / 'annotations/all.json'], root,
                  root / 'faces.jsonl')
    return read_face_boxes(root / 'faces.jsonl')[1]


@pytest.mark.parametrize('name', [name for name in drawn_clips() if name != 'no face.mp4'])
def test_the_face_is_where_it_was_drawn(odd, boxes, name):
    clip, truth = boxes[f'Happy/{name}'], odd[1][f'Happy/{name}']
    assert clip.boxes.shape == truth.shape
    height, width = clip.size
    inside = clip.detected & (truth[:, 2] < width)  # a face that leaves the frame is cut
    iou = np.diag(box_iou(clip.boxes, truth.astype(np.float32)))
    assert inside[0] and (iou[inside] > 0.7).all()
    assert clip.boxes.min() >= 0 and (clip.boxes[:, 2:] <= [width, height]).all()


def test_size_is_that_of_the_picture_as_it_is_shown(boxes):
    assert boxes['Happy/portrait.mp4'].size == (SIZE, 160)
    assert boxes['Happy/4K.mp4'].size == (2160, 3840)


def test_face_that_left_is_held_at_the_border(boxes):
    clip = boxes['Happy/leaves the frame.mp4']
    last = np.flatnonzero(clip.detected)[-1]
    assert 6 <= last < 14
    assert (clip.boxes[last:] == clip.boxes[last]).all() and clip.boxes[last, 2] > SIZE - 8


def test_of_ten_faces_the_largest_is_kept(odd, boxes, demo_detector):
    """By where the faces were drawn; neither the surest face nor the first or last one is it."""
    clip, large = boxes['Happy/ten faces.mp4'], odd[1]['Happy/ten faces.mp4'].astype(np.float32)
    small = np.float32([[left, top, left + 36, top + 50] for left, top in PLACES])
    assert (large[0, 2:] - large[0, :2]).prod() > 2 * 36 * 50
    assert (np.diag(box_iou(clip.boxes, large)) > 0.7).all()
    assert box_iou(clip.boxes, small).max() < 0.1
    [found] = demo_detector.detect([drawn_clips()['ten faces.mp4'][0][0]])  # the surest one first
    assert 0 < box_iou(found, large[:1])[:, 0].argmax() < len(found) - 1
    assert clip.num_faces >= 6  # as counted by the demo's detector


def test_no_face_in_any_clip(odd, boxes, demo_detector, tmp_path):
    root, _ = odd
    record = dict(clip_id='a', filename='Happy/no face.mp4', total_frames=6, label=0)
    write_annotation(tmp_path / 'a.json', dict(dataset='X', classes=['Happy']), [record])
    summary = extract_faces(lambda: demo_detector, 'demo', [tmp_path / 'a.json'], root,
                            tmp_path / 'faces.jsonl')
    assert summary.report().splitlines()[0].startswith('1 clips: 1 without a face')
    assert summary.report().splitlines()[1].startswith(
        'No face was found in any clip. Try another detector')


def test_all_of_them_load_for_training(odd, boxes):
    pipeline = [dict(type='SampleClip', clip_len=8), dict(type='ReadClip'),
                dict(type='LoadFaceBoxes'), dict(type='FaceSceneSplit', size=24),
                dict(type='FaceSceneFlip'),
                dict(type='PackActionInputs', collect_keys=('face', 'scene', 'mask'),
                     meta_keys=('clip_id', 'face_found'))]
    loader = Runner.build_dataloader(dict(
        batch_size=3, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dict(type='DFERDataset', data_root=str(odd[0]), ann_file='annotations/all.json',
                     boxes_file='faces.jsonl', pipeline=pipeline)))
    batches = list(loader)
    assert sum(len(batch['inputs']['face']) for batch in batches) == len(boxes)
    for batch in batches:
        for face, scene, sample in zip(batch['inputs']['face'], batch['inputs']['scene'],
                                       batch['data_samples']):
            assert face.shape == scene.shape == (8, 3, 24, 24)
            assert sample.face_found is (sample.clip_id != 'Happy/no face.mp4')
            if sample.face_found:
                assert face.float().std() > 10
