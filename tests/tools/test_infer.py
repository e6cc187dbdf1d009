import shutil
import sys

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from PIL import Image

from ous_mmaction.datasets.annotation import write_annotation
from ous_mmaction.datasets.face_boxes import read_face_boxes
from tests.real_video import CARPHONE

CONFIG = 'configs/ous_demo.py'
OPTIONS = ['--cfg-options', 'model.cls_head.mcfe.num_blocks=2']


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    """Random weights."""
    config = Config.fromfile(CONFIG)
    config.model.cls_head.mcfe.num_blocks = 2
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp('weights') / 'random.pth'
    torch.save(dict(state_dict=MODELS.build(config.model).state_dict()), path)
    return path


def test_prints_probabilities_and_draws(run_tool, checkpoint, tmp_path, monkeypatch):
    video = tmp_path / '一个 人.mp4'
    shutil.copy(CARPHONE, video)
    out = tmp_path / 'new folder' / '图.png'
    code, output = run_tool('infer.py', video, '--config', CONFIG, '--checkpoint', checkpoint,
                            '--out', out, '--device', 'cpu', *OPTIONS)
    assert code == 0
    first, *table, last = output.splitlines()
    assert first == f'{video}: 120 frames, face found in 8 of 8 sampled frames'
    assert sum(float(line.split()[1]) for line in table) == pytest.approx(1, abs=4e-3)
    assert len(table) == 7 and last == str(out)
    assert Image.open(out).width > 1000


@pytest.mark.parametrize('detector', [
    ['demo'], ['configs/detectors/yolox_demo.py', '--detector-checkpoint',
               'ous_mmaction/rendered/weights/face_detector.pth']])
def test_another_detector(run_tool, checkpoint, tmp_path, rendered, detector):
    """The demo's by its name and by its files, on one of its clips."""
    video = next((rendered / 'Clip' / 'original').iterdir())
    code, output = run_tool(
        'infer.py', video, '--config', CONFIG, '--checkpoint', checkpoint, '--device', 'cpu',
        '--detector', *detector,
        '--out', tmp_path / 'out.png', *OPTIONS)
    assert code == 0
    assert 'face found in 8 of 8 sampled frames' in output


@pytest.mark.parametrize('case, line', [
    ('no video', 'nowhere.mp4: the video file or folder of frames was not found'),
    ('empty video', 'empty.mp4: the file is empty (0 bytes)'),
    ('no checkpoint', 'nowhere.pth: the checkpoint file was not found'),
    ('no config', 'nowhere.py'),
    ('no MTCNN', "pip install 'facenet-pytorch<2.6'"),
    ('picture format', "Format 'xyz' is not supported"),
])
def test_errors_in_one_line(run_tool, checkpoint, tmp_path, monkeypatch, case, line):
    video, config, out = CARPHONE, CONFIG, tmp_path / 'out.png'
    if case == 'no video':
        video = 'nowhere.mp4'
    elif case == 'empty video':
        video = tmp_path / 'empty.mp4'
        video.touch()
    elif case == 'no checkpoint':
        checkpoint = 'nowhere.pth'
    elif case == 'no config':
        config = 'nowhere.py'
    elif case == 'no MTCNN':
        monkeypatch.setitem(sys.modules, 'facenet_pytorch', None)
    else:
        out = tmp_path / 'out.xyz'
    code, _ = run_tool('infer.py', video, '--config', config, '--checkpoint', checkpoint,
                       '--out', out, '--device', 'cpu', *OPTIONS)
    assert code.startswith('error: ') and line in code and '\n' not in code


def test_faces_of_a_real_video_are_extracted_without_a_checkpoint(run_tool, tmp_path):
    write_annotation(tmp_path / 'all.json', dict(dataset='Cars', classes=['a'], split='all'),
                     [dict(clip_id='man', filename=str(CARPHONE), total_frames=120, label=0)])
    code, output = run_tool(
        'extract_faces.py', 'configs/detectors/mtcnn.py', '--ann-files', tmp_path / 'all.json',
        '--data-root', tmp_path, '--out', tmp_path / 'faces.jsonl', '--stride', 4)
    assert code == 0
    header, clips = read_face_boxes(tmp_path / 'faces.jsonl')
    assert header['detector'] == 'mtcnn, score >= 0.5, stride 4'
    man = clips['man']
    assert man.size == (144, 176) and man.num_faces == 1
    assert man.detected.nonzero()[0].tolist() == sorted({*range(0, 120, 4), 119})
    # He turns his head; nothing jumps.
    assert np.abs(np.diff(man.boxes, axis=0)).max() < 6
