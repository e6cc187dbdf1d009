import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch

ROOT = Path(__file__).parents[2]
EPOCHS = 4


def start(work_dir, options):
    return subprocess.Popen(
        [sys.executable, 'tools/train.py', 'configs/ous_demo.py', '--resume', '--work-dir',
         str(work_dir), *map(str, options), f'train_cfg.max_epochs={EPOCHS}'],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_run_killed_twice_ends_as_the_undisturbed_one(demo_options, tmp_path):
    """Data workers, random augmentation, schedule, switch and optimizer included."""
    options = [*demo_options, 'train_dataloader.num_workers=1']
    assert start(tmp_path / 'calm', options).wait() == 0
    killed, delay = tmp_path / 'killed', random.Random(0)
    for epoch in (1, 2):
        process = start(killed, options)
        while not (killed / f'epoch_{epoch}.pth').exists():
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(delay.uniform(0, 1.5))
        assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert start(killed, options).wait() == 0

    calm, resumed = (torch.load(path / f'epoch_{EPOCHS}.pth', weights_only=True)
                     for path in (tmp_path / 'calm', killed))
    for name, value in calm['state_dict'].items():
        assert torch.equal(value, resumed['state_dict'][name]), name
    assert calm['param_schedulers'] == resumed['param_schedulers']
    for name, history in calm['message_hub']['log_scalars'].items():
        if name.startswith('val/acc') or name == 'val/val/loss':
            assert torch.equal(history['log'], resumed['message_hub']['log_scalars'][name]['log'])
    assert not list(killed.glob('.*.part'))
