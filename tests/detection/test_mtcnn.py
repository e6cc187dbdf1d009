import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from facenet_pytorch import MTCNN
from facenet_pytorch.models.utils.detect_face import nms_numpy
from mmengine.config import Config
from mmengine.registry import DefaultScope

from ous_mmaction.detection import FaceDetector
from ous_mmaction.detection.tracks import box_iou
from ous_mmaction.video import open_video
from tests.real_video import CARPHONE

CONFIGS = Path(__file__).parents[2] / 'configs' / 'detectors'
CONFIG = CONFIGS / 'mtcnn.py'


@pytest.fixture(scope='module')
def frames():
    """Every fifth frame of the clip."""
    with open_video(CARPHONE) as video:
        return video.read(range(0, len(video), 5))


@pytest.fixture(scope='module')
def reference():
    """The package that supplies the weights, with its own nets and its own cascade."""
    return MTCNN(keep_all=True, select_largest=False)


@pytest.fixture(scope='module')
def reference_boxes(reference, frames):
    """The reference's face in each frame, (24, 4). It counts pixels from 1, as MATLAB does."""
    boxes, _ = reference.detect(frames)
    assert all(len(faces) == 1 for faces in boxes)
    return np.concatenate(boxes).astype(float) - [1, 1, 0, 0]


@pytest.fixture(scope='module')
def detector():
    return FaceDetector(CONFIG)


@pytest.fixture(scope='module')
def native_detector(tmp_path_factory):
    """Detector without resizing and padding, so that it sees the reference's pixels."""
    config = Config.fromfile(CONFIG)
    dataset = config.test_dataloader.dataset
    dataset.pipeline = [step for step in dataset.pipeline if step.type not in ('Resize', 'Pad')]
    path = tmp_path_factory.mktemp('config') / 'native.py'
    config.dump(path)
    return FaceDetector(path)


@pytest.mark.parametrize('name, side', [('pnet', 12), ('rnet', 24), ('onet', 48)])
def test_nets_are_those_of_the_reference(detector, reference, name, side):
    pictures = torch.rand(5, 3, side, side) * 2 - 1
    with torch.no_grad():
        scores, shifts = getattr(detector.model, name)(pictures)
        outputs = getattr(reference, name)(pictures)
    assert scores.shape == (5, 1, 1)
    torch.testing.assert_close(shifts.flatten(1), outputs[0].flatten(1))
    torch.testing.assert_close(scores.flatten(), outputs[-1].flatten(1)[:, 1])


def test_boxes_of_a_real_face_agree_with_the_reference(native_detector, frames, reference_boxes):
    """Agreement is not exact, since the reference rounds windows to whole pixels."""
    found = native_detector.detect(frames)
    assert [len(faces) for faces in found] == [1] * len(frames)
    iou = np.diag(box_iou(np.concatenate(found), reference_boxes))
    assert iou.min() > 0.8 and iou.mean() > 0.9


def test_shipped_config_finds_a_real_face_in_every_frame(detector, frames, reference_boxes):
    found = detector.detect(frames)
    assert [len(faces) for faces in found] == [1] * len(frames)
    faces = np.concatenate(found)
    assert faces[:, 4].min() > 0.95
    iou = np.diag(box_iou(faces, reference_boxes))
    assert iou.min() > 0.75 and iou.mean() > 0.9


def test_a_face_does_not_depend_on_its_batch(detector, frames):
    black = np.zeros_like(frames[0])
    first = detector.detect(frames[:6])
    second = detector.detect([frames[20], black, *frames[5:1:-1]])
    for a, b in zip(first[2:], second[:1:-1]):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize('name, side', [('rnet', 24), ('onet', 48)])
def test_a_window_does_not_depend_on_its_batch(detector, name, side):
    from ous_mmaction.detection.mtcnn_face_detector import score_windows
    net, windows = getattr(detector.model, name), torch.rand(200, 3, side, side) * 2 - 1
    with torch.no_grad():
        scores, offsets = score_windows(net, windows)
        for subset in ([7], [150, 3, 64], []):
            alone = score_windows(net, windows[subset])
            assert torch.equal(alone[0], scores[subset])
            assert torch.equal(alone[1], offsets[subset])


def test_images_of_two_sizes_with_two_faces_and_one(detector, frames):
    """Two copies of a man side by side, and one of them alone."""
    pair = np.concatenate([frames[0], frames[12]], axis=1)
    two, one = detector.detect([pair, frames[0]])
    alone = np.concatenate([one, detector.detect([frames[12]])[0]])
    alone[1, [0, 2]] += frames.shape[2]
    assert len(two) == 2
    assert np.diag(box_iou(two[np.argsort(two[:, 0])], alone)).min() > 0.75


def test_agrees_with_mmdets_own_functions(detector, frames):
    """One image per forward pass, with mmdet's own pipeline and scaling."""
    from mmdet.apis import inference_detector
    detector.model.cfg = detector.config
    with DefaultScope.overwrite_default_scope('mmdet'):
        expected = inference_detector(detector.model, frames[0][..., ::-1].copy()).pred_instances
    [faces] = detector.detect(frames[:1])
    assert expected.labels.tolist() == [0]
    np.testing.assert_allclose(expected.bboxes, faces[:, :4], atol=1e-3)


@pytest.mark.parametrize('image', [
    np.zeros((144, 176, 3), np.uint8),
    np.random.default_rng(0).integers(0, 256, (144, 176, 3), np.uint8),
    np.zeros((9, 9, 3), np.uint8)])  # smaller than any face
def test_no_face(native_detector, image):
    [faces] = native_detector.detect([image])
    assert faces.shape == (0, 5)


def test_suppression_of_nested_faces():
    """Compare with the reference, whose boxes include their last pixel."""
    from ous_mmaction.detection.mtcnn_face_detector import suppress_nested
    random = np.random.default_rng(0)
    corners = random.integers(0, 40, (60, 2))
    boxes = np.concatenate([corners, corners + random.integers(5, 40, (60, 2))], axis=1)
    scores = random.random(60)
    expected = nms_numpy(boxes - np.array([0, 0, 1, 1]), scores, 0.7, 'Min')
    faces = torch.from_numpy(np.column_stack([boxes, scores]))
    assert 5 < len(expected) < 55
    assert suppress_nested(faces, 0.7) == expected.tolist()


def test_the_weights_package_is_never_imported():
    code = ('import sys, numpy as np; from ous_mmaction.detection import FaceDetector;'
            f'FaceDetector({str(CONFIG)!r}).detect([np.zeros((50, 50, 3), np.uint8)]);'
            'assert "mmdet" in sys.modules and "facenet_pytorch" not in sys.modules')
    subprocess.run([sys.executable, '-W', 'ignore', '-c', code], check=True,
                   cwd=CONFIGS.parents[1])


def test_without_the_weights_package(monkeypatch):
    monkeypatch.setitem(sys.modules, 'facenet_pytorch', None)
    with pytest.raises(FileNotFoundError, match="^MTCNN's weights come with .* Run pip install"):
        FaceDetector(CONFIG)


class Marker:
    """An object that touches a file when a pickle is loaded without care."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_weights_that_would_run_code_are_refused(monkeypatch, tmp_path):
    executed = tmp_path / 'executed'
    data = tmp_path / 'facenet_pytorch' / 'data'
    data.mkdir(parents=True)
    (data.parent / '__init__.py').touch()
    for name in ('pnet', 'rnet', 'onet'):
        torch.save(Marker(executed), data / f'{name}.pt')
    torch.load(data / 'pnet.pt', weights_only=False)
    assert executed.exists()
    executed.unlink()
    monkeypatch.delitem(sys.modules, 'facenet_pytorch')
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match='pnet.pt: refused'):
        FaceDetector(CONFIG)
    assert not executed.exists()


def test_a_config_without_weights_of_its_own_needs_a_checkpoint():
    with pytest.raises(ValueError, match='yolox_demo.py: the config names no weights'):
        FaceDetector(CONFIGS / 'yolox_demo.py')
