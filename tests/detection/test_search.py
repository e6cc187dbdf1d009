"""Several processes, started by tools/dist_run.sh, share the clips."""
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import torch

from ous_mmaction.datasets.face_boxes import read_face_boxes
from ous_mmaction.detection import FaceDetector
from ous_mmaction.detection.extraction import extract_faces
from ous_mmaction.work_sharing import join_launcher

ROOT = Path(__file__).parents[2]
DEMO = (str(ROOT / 'configs/detectors/yolox_demo.py'),
        str(ROOT / 'ous_mmaction/rendered/weights/face_detector.pth'))
NAME = 'yolox_demo with face_detector.pth, score >= 0.5, stride 2'


def launch(rendered, out, weights=DEMO[1]):
    """Find the faces of 70 clips in two processes."""
    environment = dict(os.environ, PYTHON=sys.executable, OMP_NUM_THREADS='1')
    return subprocess.Popen(
        ['bash', 'tools/dist_run.sh', 'extract_faces', '2', DEMO[0], '--checkpoint', weights,
         '--ann-files', str(rendered / 'annotations/fold1_test.json'), '--data-root', str(rendered),
         '--out', str(out), '--batch-size', '8'],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def extract(rendered, out):
    """Do the same in this process, with as many threads as each process of the launcher."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return extract_faces(partial(FaceDetector, *DEMO), NAME,
                             [rendered / 'annotations/fold1_test.json'], rendered, out,
                             batch_size=8)
    finally:
        torch.set_num_threads(threads)


@pytest.fixture(scope='module')
def by_one_process(rendered, tmp_path_factory):
    out = tmp_path_factory.mktemp('one') / 'boxes.jsonl'
    extract(rendered, out)
    return out.read_bytes()


def test_two_processes_write_the_same_bytes_as_one(rendered, by_one_process, tmp_path):
    process = launch(rendered, tmp_path / 'boxes.jsonl')
    output = process.communicate(timeout=300)[0]
    assert process.returncode == 0, output
    assert output.count('70 clips: 0 without a face') == 1
    assert (tmp_path / 'boxes.jsonl').read_bytes() == by_one_process
    assert os.listdir(tmp_path) == ['boxes.jsonl']


def children_of(pid):
    return [int(child) for task in Path(f'/proc/{pid}/task').iterdir()
            for child in (task / 'children').read_text().split()]


def test_process_that_dies_ends_the_others_and_costs_no_finished_clip(
        rendered, by_one_process, tmp_path):
    out = tmp_path / 'boxes.jsonl'
    parts = [tmp_path / 'boxes.jsonl.part', tmp_path / 'boxes.jsonl.part1']
    process = launch(rendered, out)
    deadline = time.monotonic() + 120
    while not all(part.exists() and part.read_bytes().count(b'\n') > 2 for part in parts):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    workers = children_of(process.pid)
    os.kill(workers[-1], signal.SIGKILL)  # as a machine does that runs out of memory
    output = process.communicate(timeout=60)[0]
    assert process.returncode != 0 and 'was killed by signal 9' in output
    assert not any(Path(f'/proc/{worker}').exists() for worker in workers)
    assert not out.exists()
    kept = {}
    for part in parts:
        text = part.read_text()
        part.write_text(text[:text.rindex('\n') + 1])
        kept.update(read_face_boxes(part)[1])
        part.write_text(text)
    assert 0 < len(kept) < 70
    extract(rendered, out)
    assert out.read_bytes() == by_one_process
    assert os.listdir(tmp_path) == ['boxes.jsonl']


def test_error_in_a_process_is_the_users(rendered, tmp_path):
    process = launch(rendered, tmp_path / 'boxes.jsonl', weights=str(tmp_path / 'no.pth'))
    output = process.communicate(timeout=300)[0]
    assert process.returncode != 0
    assert f'error: {tmp_path}/no.pth: the checkpoint file was not found' in output


@pytest.mark.parametrize('device, message', [
    ('gpu', "torch does not know the device 'gpu'"),
    ('cuda:64', 'There is no device cuda:64: torch sees')])
def test_devices_that_are_not_there(device, message):
    with pytest.raises(ValueError, match=message):
        join_launcher('none', device)
