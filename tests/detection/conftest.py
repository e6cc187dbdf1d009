from pathlib import Path

import pytest

from ous_mmaction.detection import FaceDetector

ROOT = Path(__file__).parents[2]
DEMO_CONFIG = ROOT / 'configs' / 'detectors' / 'yolox_demo.py'
DEMO_WEIGHTS = ROOT / 'ous_mmaction' / 'rendered' / 'weights' / 'face_detector.pth'


@pytest.fixture(scope='session')
def demo_detector():
    return FaceDetector(DEMO_CONFIG, DEMO_WEIGHTS)
