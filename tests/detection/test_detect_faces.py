from pathlib import Path

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS
from torch.utils.data import DataLoader

from ous_mmaction.detection.tracks import box_iou
from ous_mmaction.rendered.benchmark_spec import BenchmarkSpec
from ous_mmaction.rendered.clip_plan import plan_clips
from ous_mmaction.rendered.clips import render_clip

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope='module')
def detect_faces():
    return TRANSFORMS.build(dict(
        type='DetectFaces',
        config=str(ROOT / 'configs/detectors/yolox_demo.py'),
        checkpoint=str(ROOT / 'ous_mmaction/rendered/weights/face_detector.pth')))


def test_the_face_of_a_clip(detect_faces):
    spec = BenchmarkSpec()
    frames, boxes = render_clip(plan_clips(spec)[3], spec)
    results = detect_faces(dict(imgs=frames))
    assert results['face_found'] is True
    assert results['face_boxes'].dtype == np.float32
    assert np.diag(box_iou(results['face_boxes'], boxes)).mean() >= 0.88


def test_views_that_overlap_or_change_the_order_give_each_frame_its_box(detect_faces):
    spec = BenchmarkSpec()
    frames, _ = render_clip(plan_clips(spec)[3], spec)
    boxes = detect_faces(dict(imgs=frames))['face_boxes']
    indices = np.array([5, 0, 9, 1, 5, 2, 2, *range(len(frames))])
    results = detect_faces(dict(imgs=frames[indices], frame_inds=indices))
    np.testing.assert_array_equal(results['face_boxes'], boxes[indices])
    assert results['face_detected'].shape == indices.shape


def test_a_clip_without_a_face_keeps_its_frame(detect_faces):
    results = detect_faces(dict(imgs=np.zeros((3, 40, 70, 3), np.uint8)))
    assert results['face_found'] is False
    assert results['face_boxes'].tolist() == [[0, 0, 70, 40]] * 3


def test_it_refuses_to_run_in_a_worker(detect_faces):
    class Clips:
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return detect_faces(dict(imgs=np.zeros((1, 8, 8, 3), np.uint8)))

    with pytest.raises(RuntimeError, match='Set `num_workers=0`'):
        next(iter(DataLoader(Clips(), num_workers=1)))
