import os
import subprocess
import sys
from queue import Queue
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config

from ous_mmaction.experiments import worker_pool
from ous_mmaction.experiments.experiment import Experiment


def test_each_worker_has_a_gpu_of_its_own(monkeypatch):
    """The GPUs are those that the process sees. A changed variable would be read too late."""
    chosen = []
    monkeypatch.setattr(worker_pool, '_end_with_parent', lambda: None)
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'set_device', chosen.append)
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', 'GPU-5,GPU-7')
    devices = Queue()
    for device in (0, 1, 0):
        devices.put(device)
        worker_pool._start_worker(devices, 3)
    assert chosen == [0, 1, 0] and os.environ['CUDA_VISIBLE_DEVICES'] == 'GPU-5,GPU-7'


def test_two_processes_do_not_write_one_run(tmp_path):
    hold = ("import fcntl, sys; lock = open(sys.argv[1], 'w'); fcntl.lockf(lock, fcntl.LOCK_EX); "
            "print('held', flush=True); sys.stdin.read()")
    with subprocess.Popen([sys.executable, '-c', hold, str(tmp_path / '.lock')], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == 'held\n'
        with pytest.raises(ValueError, match='Another process is running this experiment'):
            worker_pool._run_quietly({}, str(tmp_path), 'best')
        holder.stdin.close()


def test_a_folder_with_checkpoints_of_another_run_is_not_taken(tmp_path):
    """It would be resumed as if the experiment had been interrupted."""
    (tmp_path / 'epoch_3.pth').touch()
    with pytest.raises(ValueError, match='epoch_3.pth: the folder holds the checkpoints of an '):
        Experiment('fold1', Config(), tmp_path).claim_folder()
    assert not (tmp_path / 'experiment.json').exists()


class Killer:
    """An object that ends the process that unpickles it."""

    def __reduce__(self):
        return os._exit, (9, )


def test_a_killed_worker_is_named_with_a_remedy(tmp_path):
    config = SimpleNamespace(to_dict=Killer)
    with pytest.raises(ValueError, match='process of a run was killed.*fewer --jobs'):
        worker_pool.run_in_pool([Experiment('run', config, tmp_path)], 1)
