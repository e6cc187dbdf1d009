from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope

from ous_mmaction.detection import FaceDetector
from ous_mmaction.detection.face_class import face_label
from ous_mmaction.detection.tracks import box_iou
from ous_mmaction.rendered.samples import render_frames

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / 'configs' / 'detectors'
DEMO_WEIGHTS = ROOT / 'ous_mmaction' / 'rendered' / 'weights' / 'face_detector.pth'


@pytest.fixture(scope='module')
def images():
    """Frames of three sizes, two of them not square."""
    frames = [sample.image for sample in render_frames(seed=90, count=4)]
    frames[1] = frames[1][20:170]
    frames[2] = cv2.resize(frames[2], (320, 320))[:, :240]
    return frames


@pytest.mark.parametrize('config, line', [
    ('configs/ous_demo.py', 'ous_demo.py: this is no config of a detector, since it builds a OUS'),
    ('configs/ablations/inputs.py', 'this is no config of a detector, since it builds no model'),
    ('configs/detectors/none.py', 'none.py: the config of the detector was not found')])
def test_other_configs_are_refused(config, line):
    with pytest.raises((ValueError, FileNotFoundError), match=line):
        FaceDetector(ROOT / config, DEMO_WEIGHTS)


def by_mmdet(config, checkpoint, images, score_thr):
    """Find faces with mmdet's own functions, one image per forward pass."""
    from mmdet.apis import inference_detector, init_detector
    model = init_detector(str(config), str(checkpoint), device='cpu')
    faces = []
    for image in images:
        instances = inference_detector(model, image[..., ::-1].copy()).pred_instances
        instances = instances[(instances.labels == 0) & (instances.scores >= score_thr)]
        height, width = image.shape[:2]
        boxes = instances.bboxes.clamp(min=0).minimum(torch.tensor([width, height] * 2))
        inside = (boxes[:, 2:] - boxes[:, :2] >= 1).all(dim=1)
        faces.append(torch.cat([boxes, instances.scores[:, None]], dim=1)[inside].numpy())
    return faces


@pytest.fixture
def random_weights(tmp_path):
    """Save weights under which a random detector gives many boxes high and distinct scores."""

    def save(config):
        from mmdet.registry import MODELS
        from mmengine.config import Config
        with DefaultScope.overwrite_default_scope('mmdet'):
            model = MODELS.build(Config.fromfile(config).model)
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None  # adopt the statistics of the one forward pass below
        for name, parameter in model.named_parameters():
            if 'conv_cls' in name or 'conv_obj' in name:
                torch.nn.init.normal_(parameter, std=0.5)
        with torch.no_grad():
            model.train()._forward(255 * torch.rand(2, 3, 320, 320))
        torch.save(dict(state_dict=model.state_dict()), tmp_path / 'random.pth')
        return tmp_path / 'random.pth'

    return save


@pytest.mark.parametrize('name, score_thr', [('yolox_demo', 0.5), ('yolox_s_coco_face', 0.4)])
def test_a_batch_gives_what_mmdet_gives_for_each_image(images, random_weights, name, score_thr):
    """The order is not compared, since many scores of a random detector nearly tie."""
    config = CONFIGS / f'{name}.py'
    weights = DEMO_WEIGHTS if name == 'yolox_demo' else random_weights(config)
    faces = FaceDetector(config, weights, score_thr=score_thr).detect(images)
    scope = DefaultScope.get_current_instance().scope_name
    with DefaultScope.overwrite_default_scope('mmdet'):
        expected = by_mmdet(config, weights, images, score_thr)
    assert sum(map(len, expected)) >= len(images)
    assert scope == DefaultScope.get_current_instance().scope_name == 'mmaction'
    for found, reference in zip(faces, expected):
        assert found.dtype == np.float32 and found.shape == reference.shape
        distance = np.abs(found[:, None] - reference[None]).max(axis=2)
        assert (distance.min(axis=0) < 5e-3).all() and (distance.min(axis=1) < 5e-3).all()
        assert (np.diff(found[:, 4]) <= 0).all()


def test_faces_of_the_benchmark_are_found_exactly(demo_detector):
    samples = list(render_frames(seed=91, count=96))
    found = demo_detector.detect([sample.image for sample in samples])
    best = [box_iou(sample.box[None], faces).max() if len(faces) else 0
            for sample, faces in zip(samples, found)]
    assert np.mean(np.array(best) >= 0.7) >= 0.99
    assert np.mean(best) >= 0.9


def test_no_face_where_there_is_none(demo_detector):
    empty = [sample.image for sample in render_frames(seed=92, count=60, varied=True)
             if sample.box is None]
    assert len(empty) >= 5
    found = demo_detector.detect(empty + [np.zeros((50, 80, 3), np.uint8)])
    assert np.mean([len(faces) for faces in found]) <= 0.1


def test_faces_that_leave_the_image_end_at_its_border(demo_detector):
    cut = []
    for sample in render_frames(seed=93, count=12):
        x1, _, x2, _ = sample.box.astype(int)
        cut.append(sample.image[:, (x1 * 3 + x2) // 4:])
    for faces, image in zip(demo_detector.detect(cut), cut):
        height, width = image.shape[:2]
        assert (faces[:, :4] >= 0).all() and (faces[:, :4] <= [width, height] * 2).all()
        assert (faces[:, 2:4] - faces[:, :2] >= 1).all()


def test_no_images(demo_detector):
    assert demo_detector.detect([]) == []


def test_weights_of_another_model_are_refused():
    with pytest.raises(ValueError, match='face_detector.pth: the weights belong to another model .*'
                                         'the first of which is '):
        FaceDetector(CONFIGS / 'yolox_s_coco_face.py', DEMO_WEIGHTS)


def test_shipped_weights_are_small_and_plain():
    assert DEMO_WEIGHTS.stat().st_size < 2 * 2**20
    loaded = torch.load(DEMO_WEIGHTS, weights_only=True)
    assert all(isinstance(tensor, torch.Tensor) for tensor in loaded['state_dict'].values())


@pytest.fixture
def coco(tmp_path):
    """mmdet's own YOLOX-tiny of the 80 classes of COCO, and a checkpoint that names them or not."""
    from importlib.util import find_spec
    config = (Path(find_spec('mmdet').origin).parent /
              '.mim/configs/yolox/yolox_tiny_8xb8-300e_coco.py')

    def detector(meta, **arguments):
        torch.save(dict(state_dict={}, meta=meta), tmp_path / 'tiny.pth')
        return FaceDetector(config, tmp_path / 'tiny.pth', **arguments)
    return detector


PERSON = dict(dataset_meta=dict(classes=('person', *(f'thing {i}' for i in range(79)))))


@pytest.mark.parametrize('meta', [PERSON, {}, dict(dataset_meta=dict(CLASSES=('face', )))])
def test_a_detector_without_a_face_class_is_refused(coco, meta):
    """COCO's first class, person, passed for the face. One name does not belong to 80 classes."""
    with pytest.raises(ValueError, match='yolox_tiny_8xb8-300e_coco.py: The detector finds no '
                                         'faces: its classes are person, .* 75 more.*--face-class'):
        coco(meta)


@pytest.mark.parametrize('face_class, line', [('0', 'the weights belong to another model'),
                                              ('person', 'the weights belong to another model'),
                                              ('80', '--face-class 80: the detector has no such'),
                                              ('nose', '--face-class nose: the detector has no')])
def test_a_class_can_be_chosen(coco, face_class, line):
    """An accepted class leads to the next check, that of the weights, which are empty here."""
    with pytest.raises(ValueError, match=line):
        coco(PERSON, face_class=face_class)


def test_the_face_may_be_any_class(demo_detector):
    """Lists of another length than the detector has classes are not its own."""
    assert demo_detector.label == 0
    assert face_label([('person', 'dog', 'face'), ('dog', 'Human face')], 2) == 1
    with pytest.raises(ValueError, match='neither its config nor its checkpoint names its classes'):
        face_label([], None)
