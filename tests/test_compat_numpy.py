"""Parts of mmaction2 1.2.0 that fail with numpy 2 unless ``compat`` mends them."""
import colorsys

import numpy as np
import pytest
import torch
from mmaction.datasets.transforms import ColorJitter, PoseCompact
from mmaction.evaluation import average_recall_at_avg_proposals
from mmaction.evaluation.functional import multisports_utils
from mmaction.evaluation.metrics import RetrievalRecall


@pytest.mark.parametrize('factor', [-0.3, -0.1, 0.1, 0.5])
def test_hue_turns_as_colorsys_turns_it(factor):
    """OpenCV counts the hue in steps of 2 degrees; mmaction turns it by ``factor * 255`` steps."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (6, 6, 3)).astype(np.float32)
    turned = ColorJitter.adjust_hue(image, factor)
    for pixel, result in zip(image.reshape(-1, 3), turned.reshape(-1, 3)):
        hue, saturation, value = colorsys.rgb_to_hsv(*(pixel / 255))
        expected = colorsys.hsv_to_rgb((hue + int(factor * 255) / 180) % 1, saturation, value)
        # Bytes of hue (2 degrees) and saturation round the color by a few levels.
        assert np.abs(np.array(expected) * 255 - result).max() <= 7


def test_color_jitter_with_hue_runs_whatever_it_draws():
    np.random.seed(0)
    frames = [np.full((4, 4, 3), level, np.uint8) for level in (10, 120, 250)]
    for _ in range(20):
        result = ColorJitter(hue=0.4).transform(dict(imgs=frames))
        assert [frame.shape for frame in result['imgs']] == [(4, 4, 3)] * 3


def test_pose_compact_cuts_to_the_keypoints():
    keypoint = np.array([[[[20., 30.], [60., 50.], [0., 0.]]]])
    result = PoseCompact(padding=0., threshold=5).transform(
        dict(img_shape=(100, 100), keypoint=keypoint.copy()))
    assert result['img_shape'] == (20, 40)
    np.testing.assert_allclose(result['keypoint'][0, 0, :2], [[0, 0], [40, 20]])


def test_average_recall_of_perfect_proposals():
    truth = {'video': np.array([[0., 1.], [2., 4.]])}
    proposals = {'video': np.array([[0., 1., 0.9], [2., 4., 0.8]])}
    *_, area = average_recall_at_avg_proposals(truth, proposals, 2, max_avg_proposals=2)
    assert 0 < area <= 100


def test_retrieval_recall_by_hand():
    recall = RetrievalRecall.calculate(
        torch.tensor([[0.1, 0.9, 0.2], [0.8, 0.1, 0.3]]), [[1], [2]], topk=(1, 2),
        target_indices=True)
    assert [float(value) for value in recall] == [50., 100.]


def test_iou_of_two_tubes_by_hand():
    """Frames 0 to 4 and 2 to 6; the boxes overlap by half of each."""
    tubes = [np.array([[frame, left, 0, left + 10, 10] for frame in frames], float)
             for frames, left in ((range(5), 0), (range(2, 7), 5))]
    spatial = 50 / 150
    assert multisports_utils.iou3dt_voc(*tubes, spatialonly=True) == pytest.approx(spatial)
    assert multisports_utils.iou3dt_voc(*tubes) == pytest.approx(spatial * 2 / 6)
    assert multisports_utils.iou3dt_voc(*tubes, temporalonly=True) == pytest.approx(2 / 6)
    assert multisports_utils.iou3dt_voc(tubes[0][:2], tubes[1]) == 0
