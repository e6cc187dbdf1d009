import os
from queue import Queue

import torch

from ous_mmaction.apis import experiments


def test_each_worker_has_a_gpu_of_its_own(monkeypatch):
    """Of those that the process sees; the variable itself would be read too late."""
    chosen = []
    monkeypatch.setattr(experiments, '_end_with_parent', lambda: None)
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'set_device', chosen.append)
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', 'GPU-5,GPU-7')
    devices = Queue()
    for device in (0, 1, 0):
        devices.put(device)
        experiments._start_worker(devices, 3)
    assert chosen == [0, 1, 0] and os.environ['CUDA_VISIBLE_DEVICES'] == 'GPU-5,GPU-7'
