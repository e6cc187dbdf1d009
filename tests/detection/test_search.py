import os
import signal
from functools import partial
from pathlib import Path

import pytest

from ous_mmaction.detection import FaceDetector, read_face_boxes
from ous_mmaction.detection.extract import extract_faces

ROOT = Path(__file__).parents[2]
DEMO = (str(ROOT / 'configs/detectors/yolox_demo.py'),
        str(ROOT / 'ous_mmaction/synthetic/weights/face_detector.pth'))


class MortalDetector(FaceDetector):
    """Is killed in its third batch, as by a machine that runs out of memory."""

    batches = 0

    def detect(self, images):
        self.batches += 1
        if self.batches == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().detect(images)


def extract(rendered, out, detector=FaceDetector, weights=DEMO[1], devices=('cpu', 'cpu')):
    """The faces of 70 clips."""
    return extract_faces(partial(detector, DEMO[0], weights), 'demo',
                         [rendered / 'annotations/fold1_test.json'], rendered, out, devices)


@pytest.fixture(scope='module')
def by_one_process(rendered, tmp_path_factory):
    out = tmp_path_factory.mktemp('one') / 'boxes.jsonl'
    extract(rendered, out, devices=['cpu'])
    return out.read_bytes()


def test_two_processes_write_the_same_bytes_as_one(rendered, by_one_process, tmp_path):
    out = tmp_path / 'boxes.jsonl'
    assert extract(rendered, out).clips == 70
    assert out.read_bytes() == by_one_process
    assert os.listdir(tmp_path) == ['boxes.jsonl']


def test_process_that_dies_ends_the_others_and_costs_no_finished_clip(
        rendered, by_one_process, tmp_path):
    out, part = tmp_path / 'boxes.jsonl', tmp_path / 'boxes.jsonl.part'
    with pytest.raises(ChildProcessError, match=r'search on cpu\) was killed by signal 9.* again'):
        extract(rendered, out, MortalDetector)
    assert not out.exists()
    kept = read_face_boxes(part)[1]
    assert 0 < len(kept) < 70
    extract(rendered, out, devices=['cpu'])
    assert out.read_bytes() == by_one_process


def test_error_in_a_process_is_the_users(rendered, tmp_path):
    with pytest.raises(FileNotFoundError, match='no.pth'):
        extract(rendered, tmp_path / 'boxes.jsonl', weights=str(tmp_path / 'no.pth'))


@pytest.mark.parametrize('device, message', [
    ('gpu', "device 'gpu' is unknown"), ('cuda:64', 'device cuda:64 is not there: torch sees')])
def test_devices_that_are_not_there(rendered, tmp_path, device, message):
    with pytest.raises(ValueError, match=message):
        extract(rendered, tmp_path / 'boxes.jsonl', devices=['cpu', device])
