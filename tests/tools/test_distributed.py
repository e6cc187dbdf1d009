"""The launchers with two CPU processes against one process."""
import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from ..processes import run_tool_process
from .launching import launch, run

CONFIG = 'configs/ous_demo.py'


@pytest.fixture(scope='module')
def work_dirs(tmp_path_factory):
    return [tmp_path_factory.mktemp(f'processes {count}') for count in (1, 2)]


def run_processes(tool, processes, *arguments):
    """Train or test by the launcher, or without it where one process is enough."""
    if processes == 1:
        assert run_tool_process(f'{tool}.py', *arguments) == 0
    else:
        # The number of processes follows the config, and the checkpoint of a test.
        count = dict(train=1, test=2)[tool]
        run(f'dist_{tool}.sh', *arguments[:count], processes, *arguments[count:])


def train(work_dir, processes, options, batch):
    """One epoch with a logged line an iteration; alpha is such that the switch falls in it.

    SGD, as Adam turns the rounding of a gradient that is zero, such as a key bias's, into steps.
    """
    run_processes('train', processes, CONFIG, '--work-dir', work_dir, *options,
                  'train_cfg.max_epochs=1', 'default_hooks.logger.interval=1',
                  'default_hooks.loss_switch.alpha=2.2',
                  'optim_wrapper.optimizer.type=SGD', 'optim_wrapper.optimizer.lr=0.01',
                  f'train_dataloader.batch_size={batch}')
    lines = [json.loads(line) for path in work_dir.glob('*/vis_data/scalars.json')
             for line in path.read_text().splitlines()]
    return ([line for line in lines if 'contrast_ema' in line],
            next(line for line in lines if 'acc/UAR' in line))


def test_two_processes_train_as_one_with_the_same_global_batch(demo_options, work_dirs):
    one, one_metrics = train(work_dirs[0], 1, demo_options, 16)
    two, two_metrics = train(work_dirs[1], 2, demo_options, 8)
    assert len(one) == len(two) == 5
    for a, b in zip(one, two):
        assert a['contrast_ema'] == pytest.approx(b['contrast_ema'], rel=1e-4)
        assert a['auxiliary'] == b['auxiliary']
    assert {line['auxiliary'] for line in one} == {0., 1.}
    first, second = (torch.load(path / 'epoch_1.pth', weights_only=True)['state_dict']
                     for path in work_dirs)
    for name, value in first.items():
        torch.testing.assert_close(value, second[name], rtol=1e-4, atol=1e-5, msg=name)
    assert one_metrics['val/loss'] == pytest.approx(two_metrics['val/loss'], rel=1e-3)


def test_the_dumped_config_of_two_processes_can_be_used(demo_options, work_dirs):
    """Neither the launcher nor the wrapper of CPU processes stays in it, also in the checkpoint."""
    config = Config.fromfile(work_dirs[1] / 'ous_demo.py')
    content = torch.load(work_dirs[1] / 'epoch_1.pth', weights_only=True)['meta']['cfg']
    assert config.pretty_text == Config.fromstring(content, '.py').pretty_text
    assert config.launcher == 'none' and 'model_wrapper_cfg' not in config
    config.work_dir = str(work_dirs[1] / 'again')
    assert not Runner.from_cfg(config).distributed


def test_metrics_do_not_count_the_clips_that_pad_the_sampler(demo_options, work_dirs, tmp_path):
    """69 clips on two processes: the sampler adds one."""
    results = []
    for processes in (1, 2):
        out = tmp_path / str(processes)
        run_processes('test', processes, CONFIG, work_dirs[0] / 'epoch_1.pth', '--work-dir', out,
                      '--dump', out / 'predictions.json', *demo_options,
                      'test_dataloader.dataset.indices=69')
        metrics = json.loads(next(path for path in out.glob('*/*.json')).read_text())
        results.append((metrics, json.loads((out / 'predictions.json').read_text())))
    (one, one_dump), (two, two_dump) = results
    assert len(one_dump['predictions']) == len(two_dump['predictions']) == 69
    assert [p['clip_id'] for p in one_dump['predictions']] == [
        p['clip_id'] for p in two_dump['predictions']]
    for key in ('acc/UAR', 'acc/WAR', 'val/loss'):
        assert one[key] == pytest.approx(two[key], rel=1e-5), key


def children(pid):
    return [int(child) for child in subprocess.run(
        ['pgrep', '-P', str(pid)], capture_output=True, text=True).stdout.split()]


def test_all_processes_end_when_one_dies(demo_options, tmp_path):
    process = launch('dist_train.sh', CONFIG, 2, '--work-dir', tmp_path, *demo_options,
                     'train_cfg.max_epochs=500')
    ranks = []
    try:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob('epoch_*.pth')):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.5)
        ranks = children(process.pid)
        assert len(ranks) == 2
        os.kill(ranks[1], signal.SIGKILL)
        output = process.communicate(timeout=60)[0]
        assert process.returncode != 0
        assert 'process 1 was killed by signal 9' in output
        assert not any(Path(f'/proc/{rank}').exists() for rank in ranks)
    finally:
        for pid in [*ranks, process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
