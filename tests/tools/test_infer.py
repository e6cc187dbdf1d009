import csv
import json
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


def test_a_real_film_with_a_sheet(run_tool, checkpoint, tmp_path):
    """One track: the man in the car is found in 120 of 120 frames."""
    video = tmp_path / '一个 人.mp4'
    shutil.copy(CARPHONE, video)
    code, output = run_tool('infer.py', video, '--config', CONFIG, '--checkpoint', checkpoint,
                            '--out', 'json', 'png', '--out-dir', tmp_path / 'new folder',
                            '--device', 'cpu', *OPTIONS)
    assert code == 0
    folder = tmp_path / 'new folder' / video.name
    first, *files = output.splitlines()
    assert first.startswith(f'{video.name}: 4.0 s, face found in 120 of 120 frames, 1 people: ')
    assert [line.strip() for line in files] == [str(folder / 'result.json'),
                                                str(folder / 'sheet.png')]
    assert [person['frames'] for person in json.loads(
        (folder / 'result.json').read_text())['people']] == [120]
    assert Image.open(folder / 'sheet.png').width > 1000


def test_a_folder_of_films(run_tool, checkpoint, tmp_path, rendered, capsys):
    """The demo's detector on two of its clips, beside a file that is no film."""
    films = tmp_path / 'films'
    films.mkdir()
    for clip in sorted((rendered / 'Clip' / 'original').iterdir())[:2]:
        shutil.copy(clip, films)
    (films / 'zero.mp4').touch()
    arguments = ['infer.py', films, '--config', CONFIG, '--checkpoint', checkpoint, '--device',
                 'cpu', '--detector', 'demo', '--out', 'csv', '--out-dir', tmp_path / 'out',
                 *OPTIONS]
    code, output = run_tool(*arguments)
    assert code.startswith('error: 1 of 3 videos failed; the others are done')
    failure = 'zero.mp4: the file is empty (0 bytes). Fetch it again or leave it out'
    assert [line for line in capsys.readouterr().err.splitlines()
            if 'failed: ' in line][0].endswith(f'failed: zero.mp4: {films / failure}')
    assert output.splitlines()[-1] == (
        f'2 videos done, 1 failed: {tmp_path / "out" / "summary.csv"}')
    with open(tmp_path / 'out' / 'summary.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['people'] for row in rows] == ['1', '1', '']
    assert failure in rows[2]['failure']
    # Mended, the folder is done, and what was done is not touched again.
    (films / 'zero.mp4').unlink()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / 'out').rglob('*/*')}
    code, output = run_tool(*arguments)
    assert code == 0 and '2 videos done, 0 failed' in output
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / 'out').rglob('*/*')}


@pytest.mark.parametrize('case, line', [
    ('no video', 'nowhere.mp4: the video file or folder of frames was not found'),
    ('empty video', 'empty.mp4: the file is empty (0 bytes)'),
    ('no checkpoint', 'nowhere.pth: the checkpoint file was not found'),
    ('no config', 'nowhere.py'),
    ('no MTCNN', "pip install 'facenet-pytorch<2.6'"),
    ('people', 'The setting `people` must be all, largest or a positive number, but got'),
])
def test_errors_in_one_line(run_tool, checkpoint, tmp_path, monkeypatch, case, line):
    video, config, extra = CARPHONE, CONFIG, []
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
        extra = ['--people', 'most']
    code, _ = run_tool('infer.py', video, '--config', config, '--checkpoint', checkpoint, *extra,
                       '--out-dir', tmp_path / 'out', '--device', 'cpu', *OPTIONS)
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
