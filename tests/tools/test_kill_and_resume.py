import random
import time

import torch

from ..processes import start_tool

EPOCHS = 4


def start(work_dir, options):
    return start_tool('train.py', 'configs/ous_demo.py', '--resume', '--work-dir', work_dir,
                      *options, f'train_cfg.max_epochs={EPOCHS}')


def end(process):
    process.join()
    return process.exitcode


def test_a_run_killed_twice_ends_as_the_undisturbed_one(demo_options, tmp_path):
    """Data workers, random augmentation, schedule, switch and optimizer included."""
    options = [*demo_options, 'train_dataloader.num_workers=1']
    assert end(start(tmp_path / 'calm', options)) == 0
    killed, delay = tmp_path / 'killed', random.Random(0)
    for epoch in (1, 2):
        process = start(killed, options)
        while not (killed / f'epoch_{epoch}.pth').exists():
            assert process.is_alive()
            time.sleep(0.05)
        time.sleep(delay.uniform(0, 1.5))
        assert process.is_alive()
        process.kill()
        assert end(process) == -9
    assert end(start(killed, options)) == 0

    calm, resumed = (torch.load(path / f'epoch_{EPOCHS}.pth', weights_only=True)
                     for path in (tmp_path / 'calm', killed))
    for name, value in calm['state_dict'].items():
        assert torch.equal(value, resumed['state_dict'][name]), name
    assert calm['param_schedulers'] == resumed['param_schedulers']
    for name, history in calm['message_hub']['log_scalars'].items():
        if name.startswith('val/acc') or name == 'val/val/loss':
            assert torch.equal(history['log'], resumed['message_hub']['log_scalars'][name]['log'])
    assert not list(killed.glob('.*.part'))
