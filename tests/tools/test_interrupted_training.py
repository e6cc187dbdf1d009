"""Training that cannot go on: a loss that is not finite, a full disk."""
import resource
from functools import partial

import pytest
import torch

from ..processes import run_tool_process

CONFIG = 'configs/ous_demo.py'


@pytest.fixture
def one_epoch(run_tool, demo_options, tmp_path):
    """A work dir with one epoch of training, and the arguments that go on from it."""
    arguments = [CONFIG, '--resume', '--work-dir', tmp_path, *demo_options,
                 'train_dataloader.dataset.indices=32']
    assert run_tool('train.py', *arguments, 'train_cfg.max_epochs=1')[0] == 0
    return tmp_path, arguments


def checkpoint(work_dir):
    return (work_dir / 'epoch_1.pth').read_bytes()


def test_a_loss_that_is_not_finite(one_epoch, run_tool):
    """An infinite logit scale; the checkpoint of the last whole epoch stays and is named."""
    work_dir, arguments = one_epoch
    before = checkpoint(work_dir)
    code, _ = run_tool('train.py', *arguments, 'model.cls_head.temperature=1e-45')
    assert code.startswith('error: Epoch 2, iteration 1: the loss is not finite (')
    assert 'loss_contrast' in code and f'{work_dir}/epoch_1.pth' in code and 'clips 0' in code
    assert checkpoint(work_dir) == before


def test_disk_full_while_saving(one_epoch, tmp_path):
    """The previous checkpoint survives, the error names file and remedy, and training goes on."""
    work_dir, arguments = one_epoch
    before = checkpoint(work_dir)
    limit = len(before) // 2

    small_files = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit))
    assert run_tool_process('train.py', *arguments, output=tmp_path / 'output',
                            before=small_files) == 1
    line = (tmp_path / 'output').read_text().strip().splitlines()[-1]
    assert line.startswith(f'error: {work_dir}/epoch_2.pth: cannot be written') and 'room' in line
    assert checkpoint(work_dir) == before
    assert not list(work_dir.glob('epoch_2*')) and not list(work_dir.glob('.*.part'))
    assert run_tool_process('train.py', *arguments) == 0
    assert torch.load(work_dir / 'epoch_2.pth', weights_only=True)['meta']['epoch'] == 2
