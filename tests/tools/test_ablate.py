import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from mmengine.config import Config

from .launching import ROOT

CONFIG = 'configs/ous_demo.py'


@pytest.fixture
def ablate(run_tool, demo_options):
    def run(work_dir, *arguments):
        return run_tool('ablate.py', CONFIG, *arguments, '--work-dir', work_dir, *demo_options,
                        'train_cfg.max_epochs=1', 'train_dataloader.dataset.indices=32',
                        'default_hooks.checkpoint.save_last=False')
    return run


def table(tmp_path, name, variants):
    path = tmp_path / f'{name}.py'
    path.write_text(f'title = {name!r}\nvariants = {variants!r}\n')
    return path


def test_rows_seeds_and_banks(ablate, tmp_path):
    """A row changes what it says, a row that changes pixels has a bank of its own."""
    masked = {f'{split}_dataloader.dataset.pipeline.split.scene': 'masked'
              for split in ('train', 'val', 'test')}
    first = table(tmp_path, 'first', {'OUS': {}, 'no MCFE': {'model.cls_head.mcfe': None}})
    second = table(tmp_path, 'second', {'OUS': {}, 'scene masked': masked})
    work = tmp_path / 'work'
    code, output = ablate(work, first, second, '--seeds', 0, 1, '--jobs', 2, '--views', 1)
    assert code == 0, code
    assert {path.parent.name for path in work.glob('*/index.json')} == {'bank', 'bank_scene_masked'}
    results = {path.parent.relative_to(work).as_posix(): json.loads(path.read_text())
               for path in work.glob('*/seed*/result.json')}
    assert set(results) == {f'{row}/seed{seed}' for row in ('ous', 'no_mcfe', 'scene_masked')
                            for seed in (0, 1)}
    configs = {key: json.loads((work / key / 'experiment.json').read_text())['config']
               for key in results}
    assert configs['ous/seed1']['randomness']['seed'] == 1
    assert configs['no_mcfe/seed0']['model']['cls_head']['mcfe'] is None
    assert configs['ous/seed0']['model']['cls_head']['mcfe'] is not None
    assert configs['scene_masked/seed0']['model']['backbone']['bank'].endswith('bank_scene_masked')
    assert {(result['selection'], result['views']) for result in results.values()} == {
        ('holdout', 1)}
    assert output.count('input: bank, 1 views') == 2
    uars = [100 * results[f'no_mcfe/seed{seed}']['UAR'] for seed in (0, 1)]
    assert f'| no MCFE | {sum(uars) / 2:.2f} ± ' in output and 'on the holdout' in output
    others = [100 * results[f'ous/seed{seed}']['UAR'] for seed in (0, 1)]
    difference = sum(uars) / 2 - sum(others) / 2
    assert f' | {difference:+.2f} ± ' in output and '| UAR − OUS |' in output
    assert 'paired t-test over the n = 2 seeds' in output
    written = json.loads((work / 'tables.json').read_text())
    code, output = ablate(work, first, '--seeds', 0)
    assert code == 0 and 'paired' not in output and ' ± ' not in output
    assert [t['rows'][0] for t in written] == [written[0]['rows'][0]] * 2
    assert 'begin{table}' in (work / 'tables.tex').read_text()


@pytest.mark.full
def test_rows_of_the_papers_equations_train(ablate, tmp_path):
    rows = Config.fromfile('configs/ablations/equations.py').to_dict()['variants']
    code, _ = ablate(tmp_path, 'configs/ablations/equations.py', '--seeds', 0)
    assert code == 0, code
    runs = [json.loads(path.read_text()) for path in tmp_path.glob('*/seed0/experiment.json')]
    results = [json.loads(path.read_text()) for path in tmp_path.glob('*/seed0/result.json')]
    assert len(runs) == len(results) == len(rows) == 9
    assert len({json.dumps(run['config']['model']) for run in runs}) == 9
    assert all(0 <= result['UAR'] <= 1 for result in results)


def test_bad_tables_are_named(ablate, tmp_path):
    first = table(tmp_path, 'first', {'OUS': {}})
    clash = table(tmp_path, 'clash', {'OUS': {'model.cls_head.mcfe': None}})
    code, _ = ablate(tmp_path / 'work', first, clash)
    assert "Two rows are named 'OUS' but change different keys" in code
    idle = table(tmp_path, 'idle', {'four blocks': {'num_blocks': 4}})
    assert "Row 'four blocks' changes num_blocks: `num_blocks` is only read while" in ablate(
        tmp_path / 'work', idle)[0]
    assert 'seed0: the folder would hold two runs' in ablate(
        tmp_path / 'work', first, '--pixels', '--seeds', 0, 0)[0]
    empty = tmp_path / 'empty.py'
    empty.write_text('x = 1\n')
    assert 'empty.py: the file is not a table of variants' in ablate(tmp_path / 'work', empty)[0]
    far = table(tmp_path, 'far',
                {'far': {'train_dataloader.dataset.pipeline.splitt.scene': 'full'}})
    assert "Row 'far' does not fit configs/ous_demo.py" in ablate(tmp_path / 'work', far)[0]
    assert 'gone.py: the table of variants was not found' in ablate(tmp_path / 'work', 'gone.py')[0]


def children(pid, command):
    return subprocess.run(['pgrep', '-P', str(pid), '-f', command], capture_output=True,
                          text=True).stdout.split()


@pytest.mark.parametrize('sent', [signal.SIGKILL, signal.SIGINT])
def test_killed_it_leaves_no_process_behind(sent, demo_options, tmp_path):
    """Nor does it begin the second run."""
    rows = table(tmp_path, 'rows', {'OUS': {}})
    process = subprocess.Popen(
        [sys.executable, 'tools/ablate.py', CONFIG, rows, '--seeds', '0', '1', '--pixels',
         '--work-dir', tmp_path / 'work', *demo_options, 'train_cfg.max_epochs=500'], cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    log, workers = tmp_path / 'work/ous/seed0/log.txt', []
    try:
        deadline = time.monotonic() + 240
        while not log.exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.2)
        servers = children(process.pid, 'forkserver')
        workers = [*servers, *(worker for server in servers for worker in children(server, ''))]
        assert len(servers) == 1 and len(workers) > 1
        process.send_signal(sent)
        process.wait(60)
        while any(os.path.exists(f'/proc/{worker}') for worker in workers):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert not (tmp_path / 'work/ous/seed1/log.txt').exists()
    finally:
        for pid in [*map(int, workers), process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
