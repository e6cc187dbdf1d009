import os

import numpy as np
import pytest
import torch.distributed as dist
import torch.multiprocessing as mp

from ous_mmaction.datasets import ClassBalancedSampler
from ous_mmaction.datasets.samplers.class_balanced_sampler import draw_balanced

LABELS = [0] * 20 + [1] * 3 + [2] * 7


class Labeled:
    """The part of a dataset that a sampler sees."""

    def __len__(self):
        return len(LABELS)

    def get_data_info(self, index):
        return dict(label=LABELS[index])


def drawing(epoch, seed=5):
    sampler = ClassBalancedSampler(Labeled(), seed=seed)
    sampler.set_epoch(epoch)
    return list(sampler)


def test_classes_are_equally_frequent_and_so_are_the_images_of_a_class():
    indices = drawing(0)
    assert len(indices) == len(ClassBalancedSampler(Labeled(), seed=5)) == 30
    assert np.bincount(np.array(LABELS)[indices]).tolist() == [10, 10, 10]
    times = np.bincount(indices, minlength=30)
    for label in range(3):
        own = times[np.array(LABELS) == label]
        assert own.max() - own.min() <= 1


@pytest.mark.parametrize('count', [1, 2, 31, 32])
def test_a_rest_goes_to_random_classes(count):
    shares = [np.bincount(np.array(LABELS)[draw_balanced(LABELS, count,
                                                         np.random.default_rng(seed))],
                          minlength=3) for seed in range(20)]
    assert all(share.sum() == count and np.ptp(share) == 1 for share in shares)
    assert len({tuple(share) for share in shares}) > 1


def test_a_drawing_depends_on_seed_and_epoch_alone():
    assert drawing(3) == drawing(3)
    assert drawing(3) != drawing(4)
    assert drawing(3) != drawing(3, seed=6)


def test_over_many_epochs_every_image_is_drawn():
    assert {index for epoch in range(6) for index in drawing(epoch)} == set(range(30))


def write_drawing(rank, port, folder):
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    dist.init_process_group('gloo', rank=rank, world_size=2)
    np.save(f'{folder}/{rank}.npy', drawing(2))
    dist.barrier()
    dist.destroy_process_group()


def test_two_ranks_share_one_drawing(tmp_path, free_port):
    mp.start_processes(write_drawing, (free_port, str(tmp_path)), nprocs=2, start_method='fork')
    ranks = [np.load(tmp_path / f'{rank}.npy').tolist() for rank in range(2)]
    assert np.ravel(ranks, order='F').tolist() == drawing(2)
