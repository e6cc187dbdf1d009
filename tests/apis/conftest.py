from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config

from ous_mmaction.apis import WindowModel
from ous_mmaction.detection import FaceDetector
from ous_mmaction.video import FrameStream
from tests.real_video import CARPHONE


class RecordedDetector:
    """MTCNN's faces of the man in a car, found once for all tests; it counts what it is asked."""

    def __init__(self, frames, faces):
        self.faces = {frame.tobytes(): found for frame, found in zip(frames, faces)}
        self.asked = 0

    def detect(self, images):
        self.asked += len(images)
        return [self.faces.get(image.tobytes(), np.zeros((0, 5), np.float32)) for image in images]


@pytest.fixture(scope='session')
def carphone():
    """The first 40 frames of the man in a car, and his faces."""
    frames = [frame.image for frame in islice(FrameStream(CARPHONE).frames(), 40)]
    return SimpleNamespace(frames=np.stack(frames),
                           faces=FaceDetector('configs/detectors/mtcnn.py').detect(frames))


@pytest.fixture
def detector(carphone):
    return RecordedDetector(carphone.frames, carphone.faces)


def build_model(path, **changes):
    """A model of the zoo with random weights."""
    config = Config.fromfile(path)
    config.merge_from_dict(changes)
    torch.manual_seed(0)
    model = MODELS.build(config.model).eval()
    model.cfg = config
    return model


@pytest.fixture(scope='session')
def demo_model():
    return WindowModel(build_model('configs/ous_demo.py', **{'model.cls_head.mcfe.num_blocks': 2}))
