from __future__ import annotations

import json

import numpy as np
import pytest

from ous_mmaction.datasets.face_boxes import FaceBoxes, dump_header, read_face_boxes


def clip(clip_id='喜 1', seed=0, frames=5):
    generator = np.random.default_rng(seed)
    boxes = generator.uniform(0, 300, (frames, 4)).astype(np.float32)
    boxes[:, 2:] += boxes[:, :2] + 1
    return FaceBoxes(clip_id, (360, 640), boxes, np.arange(frames) % 2 == 0, 2)


def write(path, *lines):
    path.write_text('\n'.join([dump_header('DFEW', 'yolox'), *lines]) + '\n', encoding='utf-8')
    return path


def test_json_round_trip_is_exact():
    before = clip()
    line = before.to_json()
    after = FaceBoxes.from_json(line)
    np.testing.assert_array_equal(after.boxes, before.boxes)
    np.testing.assert_array_equal(after.detected, before.detected)
    assert (after.clip_id, after.size, after.num_faces) == ('喜 1', (360, 640), 2)
    assert after.boxes.dtype == np.float32 and after.detected.dtype == bool
    assert after.to_json() == line and '\n' not in line
    assert json.loads(line)['boxes'] == [[round(float(v), 2) for v in box] for box in before.boxes]


def test_boxes_are_kept_to_a_hundredth_of_a_pixel():
    raw = np.array([[0.123456, 1, 2000.98765, 3]])
    entry = FaceBoxes('a', (10, 10), raw, [True], 1)
    assert np.abs(entry.boxes - raw).max() <= 0.005 + 1e-4


def test_clip_without_a_face():
    entry = FaceBoxes.whole_frame('a', (48, 64), 3)
    assert not entry.has_face and entry.num_faces == 0 and not entry.detected.any()
    np.testing.assert_array_equal(entry.boxes, [[0, 0, 64, 48]] * 3)
    assert clip().has_face


@pytest.mark.parametrize('boxes, detected', [
    ([[0, 0, 1, 1]], [True, True]), ([[0, 0, 1]], [True]), (np.zeros((0, 4)), []),
    ([[0, 0, 0, 5]], [True]), ([[0, 0, np.nan, 5]], [True]), ([[0, 0, np.inf, 5]], [True])])
def test_inconsistent_boxes(boxes, detected):
    with pytest.raises(ValueError, match='clip x'):
        FaceBoxes('x', (9, 9), np.array(boxes), np.array(detected, bool), 1)


def test_read_file(tmp_path):
    entries = [clip('a', 1), clip('b', 2), FaceBoxes.whole_frame('c', (4, 6), 2)]
    header, clips = read_face_boxes(write(tmp_path / 'b.jsonl', *[e.to_json() for e in entries]))
    assert header['dataset'] == 'DFEW' and header['detector'] == 'yolox'
    assert list(clips) == ['a', 'b', 'c']
    np.testing.assert_array_equal(clips['b'].boxes, entries[1].boxes)


def test_broken_files(tmp_path):
    path = tmp_path / 'b.jsonl'
    with pytest.raises(FileNotFoundError, match='extract_faces'):
        read_face_boxes(path)
    for text in ('', 'x', '{"metainfo": 1}', '[]'):
        path.write_text(text)
        with pytest.raises(ValueError, match='b.jsonl: the file is not a face boxes file'):
            read_face_boxes(path)
    path.write_text('{"format": "ous_mmaction/face_boxes", "version": 9}\n')
    with pytest.raises(ValueError, match='have version 9, but this package reads version 1'):
        read_face_boxes(path)
    line = clip('a').to_json()
    for broken in (line[:40], '{}', '[]', '3', line.replace('[360,640]', '[360]')):
        with pytest.raises(ValueError, match='b.jsonl: line 3: .*extract_faces'):
            read_face_boxes(write(path, clip('z').to_json(), broken))
    with pytest.raises(ValueError, match='line 3: clip a appears twice'):
        read_face_boxes(write(path, line, line))
