"""Places of results are tried before the work, and a result is not lost with its file."""
from pathlib import Path

import pytest

from ous_mmaction.evaluation import dump_predictions
from ous_mmaction.evaluation.tables import Table, write_tables
from tests.real_video import CARPHONE

CONFIG = 'configs/ous_demo.py'
DETECTOR = 'configs/detectors/yolox_demo.py'


@pytest.mark.parametrize('tool, arguments', [
    ('test.py', [CONFIG, 'nowhere.pth', '--dump', '/proc/no/p.json']),
    ('figures.py', [CONFIG, 'nowhere.pth', '--out-dir', '/proc/no']),
    ('infer.py', [CARPHONE, '--config', CONFIG, '--checkpoint', 'nowhere.pth',
                  '--out-dir', '/proc/no']),
    ('extract_faces.py', [DETECTOR, '--checkpoint', 'nowhere.pth', '--ann-files', 'nowhere.json',
                          '--data-root', '.', '--out', '/proc/no/faces.jsonl']),
    ('extract_faces.py', [DETECTOR, '--checkpoint', 'nowhere.pth', '--ann-files', 'nowhere.json',
                          '--data-root', '.', '--out', 'f.jsonl', '--sheet', '/proc/no/a.png'])])
def test_a_place_is_tried_before_a_model_is_read(run_tool, tool, arguments):
    code, _ = run_tool(tool, *arguments)
    assert code.startswith('error: /proc/no') and 'cannot be written' in code
    assert '\n' not in code and not Path('f.jsonl').exists()


def test_a_suffix_that_is_no_picture(run_tool):
    code, _ = run_tool('extract_faces.py', DETECTOR, '--ann-files', 'nowhere.json', '--data-root',
                       '.', '--out', 'f.jsonl', '--sheet', 'sheet.xyz')
    assert code.startswith("error: sheet.xyz: Format 'xyz' is not supported.")


def test_a_test_prints_its_result_although_its_dump_fails(run_tool, demo_options, tmp_path,
                                                          monkeypatch):
    """The disk fills up during the test."""
    code, _ = run_tool('train.py', CONFIG, '--no-validate', '--work-dir', tmp_path, *demo_options,
                       'train_cfg.max_epochs=1', 'train_dataloader.dataset.indices=8')
    assert code == 0

    def full(path, lines):
        raise OSError(f'{path}: cannot be written (No space left on device). Make room')

    monkeypatch.setattr(dump_predictions, 'write_atomically', full)
    code, output = run_tool('test.py', CONFIG, tmp_path / 'epoch_1.pth', '--work-dir',
                            tmp_path / 'test', '--dump', tmp_path / 'p.json', *demo_options)
    assert 'test: UAR' in output and 'recall: Happy' in output
    assert code.startswith(f'error: {tmp_path}/p.json: cannot be written (No space left')


def test_tables_are_printed_if_their_file_cannot_be_written(capsys):
    with pytest.raises(OSError, match='/proc/results.md: cannot be written'):
        write_tables([Table('Demo', ['method', 'UAR'], [['OUS', '64.33']])], Path('/proc/results'),
                     {})
    assert '| OUS | 64.33 |' in capsys.readouterr().out
