from pathlib import Path

import pytest

from ous_mmaction.detection import FaceDetector
from tests.datasets.conftest import video  # noqa: F401

ROOT = Path(__file__).parents[2]
DEMO_CONFIG = ROOT / 'configs' / 'detectors' / 'yolox_demo.py'
DEMO_WEIGHTS = ROOT / 'ous_mmaction' / 'synthetic' / 'weights' / 'face_detector.pth'


@pytest.fixture(scope='session')
def demo_detector():
    return FaceDetector(DEMO_CONFIG, DEMO_WEIGHTS)
