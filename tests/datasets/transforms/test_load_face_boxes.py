from __future__ import annotations

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from ous_mmaction.detection.face_boxes import FaceBoxes, dump_header

BOXES = np.array([[i, i + 1, i + 10, i + 12] for i in range(6)], np.float32)


@pytest.fixture
def load(tmp_path):
    path = tmp_path / 'boxes.jsonl'
    entries = [FaceBoxes('a', (48, 64), BOXES, np.ones(6, bool), 1),
               FaceBoxes.whole_frame('b', (48, 64), 6)]
    path.write_text('\n'.join([dump_header('DFEW', 'x'), *[e.to_json() for e in entries]]) + '\n')
    return TRANSFORMS.build(dict(type='LoadFaceBoxes', boxes_file=str(path)))


def sample(clip_id='a', total_frames=6, size=(48, 64), **kwargs):
    frames = np.array([0, 2, 5, 5])
    return dict(clip_id=clip_id, total_frames=total_frames, frame_inds=frames,
                imgs=np.zeros((4, *size, 3), np.uint8), **kwargs)


def test_boxes_follow_the_chosen_frames(load):
    results = load(sample(dataset='DFEW'))
    np.testing.assert_array_equal(results['face_boxes'], BOXES[[0, 2, 5, 5]])
    assert results['face_boxes'].dtype == np.float32 and results['face_found'] is True


def test_clip_without_a_face(load):
    results = load(sample('b'))
    assert results['face_found'] is False
    np.testing.assert_array_equal(results['face_boxes'], [[0, 0, 64, 48]] * 4)


@pytest.mark.parametrize('results, message', [
    (sample(dataset='MAFW'), 'face boxes of DFEW, the annotation is of MAFW'),
    (sample('c'), 'no face boxes for clip c; run tools/extract_faces.py again'),
    (sample(total_frames=7), '6 frames of 64x48 pixels, the clip has 7 of 64x48'),
    (sample(size=(64, 48)), '6 frames of 64x48 pixels, the clip has 6 of 48x64')])
def test_boxes_of_something_else(load, results, message):
    with pytest.raises(ValueError, match=f'boxes.jsonl: .*{message}'):
        load(results)


def test_missing_file_is_told_when_the_pipeline_is_built(tmp_path):
    with pytest.raises(FileNotFoundError, match='face boxes file not found'):
        TRANSFORMS.build(dict(type='LoadFaceBoxes', boxes_file=str(tmp_path / 'no.jsonl')))
