from __future__ import annotations

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from ous_mmaction.datasets.face_boxes import FaceBoxes

BOXES = np.array([[i, i + 1, i + 10, i + 12] for i in range(6)], np.float32)
FACE = FaceBoxes('a', (48, 64), BOXES, np.ones(6, bool), 1)


def load(size=(48, 64), **record):
    frames = np.array([0, 2, 5, 5])
    transform = TRANSFORMS.build(dict(type='LoadFaceBoxes'))
    return transform(dict(frame_inds=frames, imgs=np.zeros((4, *size, 3), np.uint8), **record))


def test_boxes_follow_the_chosen_frames():
    results = load(clip_boxes=FACE)
    np.testing.assert_array_equal(results['face_boxes'], BOXES[[0, 2, 5, 5]])
    assert results['face_boxes'].dtype == np.float32 and results['face_found'] is True


def test_clip_without_a_face():
    results = load(clip_boxes=FaceBoxes.whole_frame('b', (48, 64), 6))
    assert results['face_found'] is False
    np.testing.assert_array_equal(results['face_boxes'], [[0, 0, 64, 48]] * 4)


def test_boxes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match='clip a are for frames of 64x48 .* has frames of 48x64'):
        load((64, 48), clip_boxes=FACE)
    with pytest.raises(ValueError, match='Set `boxes_file` of the dataset'):
        load()
