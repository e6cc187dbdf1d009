"""From pixels and from the bank: the same training, checkpoints and metrics."""
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from ous_mmaction.datasets.annotation import read_annotation, write_annotation

from ..processes import start_tool

ROOT = Path(__file__).parents[2]
CONFIG = 'configs/ous_demo.py'
INPUTS = 'pixels', 'bank, 2 views'


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('bank')


@pytest.fixture
def options(demo_options, rendered, folder):
    """The demo on 48 and 24 clips."""
    for split, count in (('train', 48), ('test', 24)):
        metainfo, records = read_annotation(rendered / f'annotations/fold1_{split}.json')
        some = np.random.default_rng(0).permutation(len(records))[:count]
        write_annotation(folder / f'{split}.json', metainfo, [records[i] for i in some])
    return [*demo_options, 'train_dataloader.batch_size=12', 'default_hooks.logger.interval=1',
            *(f'{loader}_dataloader.dataset.ann_file={folder}/{split}.json'
              for loader, split in (('train', 'train'), ('val', 'test'), ('test', 'test')))]


def scalars(work_dir):
    return [json.loads(line) for path in sorted(work_dir.glob('*/vis_data/scalars.json'))
            for line in path.read_text().splitlines()]


@pytest.fixture
def bank(run_tool, options, folder):
    """At float32, with a view for each of two epochs."""
    if not (folder / 'bank').exists():
        code, output = run_tool('extract_features.py', CONFIG, '--out', folder / 'bank',
                                '--views', 2, '--dtype', 'float32', '--precision', 'fp32',
                                *options)
        assert code == 0
        assert output.startswith(f'{folder}/bank: 72 clips, 2 augmented views of each, ')
    return folder / 'bank'


def test_training_from_the_bank_is_training_from_pixels(run_tool, options, bank, folder):
    runs = options, ['--bank', bank, *options]
    lines = []
    for number, arguments in enumerate(runs):
        code, output = run_tool('train.py', CONFIG, '--work-dir', folder / str(number), *arguments,
                                'optim_wrapper.optimizer.type=SGD',
                                'optim_wrapper.optimizer.lr=0.01')
        assert code == 0
        assert f'input: {INPUTS[number]}' in output.splitlines()
        lines.append(scalars(folder / str(number)))
    assert len(lines[0]) == len(lines[1]) == 2 * (4 + 1)
    for pixels, cached in zip(*lines):
        assert set(pixels) == set(cached)
        for key in ('loss', 'loss_contrast', 'polarity', 'similarity', 'val/loss', 'acc/UAR'):
            if key in pixels:
                assert cached[key] == pytest.approx(pixels[key], rel=1e-3, abs=1e-4), key

    dumps = []
    for trained in ('0', '1'):
        for number, arguments in enumerate(runs):
            dump = folder / f'dump{len(dumps)}.json'
            code, output = run_tool('test.py', CONFIG, folder / trained / 'epoch_2.pth',
                                    '--work-dir', folder / 'test', '--dump', dump, *arguments)
            assert code == 0 and output.splitlines()[0].endswith(f'; input: {INPUTS[number]}')
            dumps.append(json.loads(dump.read_text()))
    for pixels, cached in (dumps[:2], dumps[2:]):
        assert pixels['classes'] == cached['classes'] and len(pixels['predictions']) == 24
        for one, other in zip(pixels['predictions'], cached['predictions']):
            assert one['scores'] == pytest.approx(other['scores'], abs=1e-5)
            assert [one[key] for key in ('clip_id', 'label', 'prediction')] == [
                other[key] for key in ('clip_id', 'label', 'prediction')]


def test_errors_are_one_line(run_tool, options, bank, tmp_path):
    damaged = shutil.copytree(bank, tmp_path / 'damaged')
    os.truncate(damaged / 'features.npy', 100000)
    for where, message in [
            (damaged, f'error: {damaged}/features.npy: the file is damaged or cut off'),
            (tmp_path / 'none', f'error: {tmp_path}/none/index.json: the feature ')]:
        code, _ = run_tool('train.py', CONFIG, '--work-dir', tmp_path / 'work',
                           '--bank', where, *options)
        assert code.startswith(message) and '\n' not in code
    code, _ = run_tool('extract_features.py', CONFIG, '--out', bank, *options)
    assert code.startswith(f'error: {bank}/index.json: the bank was begun with another')
    assert '\n' not in code


def test_killed_at_random_moments_it_ends_as_undisturbed(run_tool, options, tmp_path):
    """Killed twice, then continued by two processes: who computes a batch does not matter."""
    arguments = [CONFIG, '--out', tmp_path / 'killed', '--batch-size', 2, *options]
    command = [str(argument) for argument in arguments]
    # As many threads as the launcher gives its processes.
    environment = dict(os.environ, PYTHON=sys.executable, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1')
    parts = tmp_path / 'killed' / 'parts'
    rng = np.random.default_rng(3)
    for _ in range(2):
        process = start_tool('extract_features.py', *command)
        enough = len(list(parts.glob('0*.npy'))) + rng.integers(1, 12)
        deadline = time.monotonic() + 120
        while len(list(parts.glob('0*.npy'))) < enough:
            assert process.is_alive() and time.monotonic() < deadline
            time.sleep(0.001)
        process.kill()
        process.join()
        assert not (tmp_path / 'killed' / 'index.json').exists()
    launched = subprocess.run(['bash', 'tools/dist_run.sh', 'extract_features', '2', *command],
                              cwd=ROOT, env=environment, capture_output=True, text=True)
    assert launched.returncode == 0, launched.stderr
    assert launched.stdout.count('72 clips') == 1

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        arguments[2] = tmp_path / 'undisturbed'
        assert run_tool('extract_features.py', *arguments)[0] == 0
    finally:
        torch.set_num_threads(threads)
    killed, undisturbed = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
                           for name in ('killed', 'undisturbed'))
    assert killed == undisturbed
