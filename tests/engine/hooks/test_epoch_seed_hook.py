from types import SimpleNamespace

import torch
from torch.utils.data import ConcatDataset, Subset

from ous_mmaction.engine import EpochSeedHook


class Dataset(torch.utils.data.Dataset):
    def __init__(self):
        self.seen = []

    def set_epoch(self, epoch, seed):
        self.seen.append((epoch, seed))

    def __len__(self):
        return 1


def test_reaches_datasets_inside_wrappers_and_reseeds_the_process():
    parts = [Dataset(), Dataset()]
    wrapped = ConcatDataset([Subset(parts[0], [0, 0]), parts[1]])
    draws = []
    for epoch in (0, 1, 0):
        EpochSeedHook().before_train_epoch(SimpleNamespace(
            seed=7, epoch=epoch, train_dataloader=SimpleNamespace(dataset=wrapped)))
        draws.append(float(torch.rand(())))
    assert [part.seen for part in parts] == [[(0, 7), (1, 7), (0, 7)]] * 2
    assert draws[0] == draws[2] != draws[1]
