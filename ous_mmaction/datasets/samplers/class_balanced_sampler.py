from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from mmaction.datasets import BaseActionDataset
from mmaction.registry import DATA_SAMPLERS
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler


def draw_balanced(labels: Sequence[int], count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw indices in random order such that all classes are equally frequent.

    Within a class, the numbers of times that two indices are drawn differ by one at most, and
    chance decides which are drawn once more. If ``count`` is not a multiple of the number of
    classes, chance also decides which classes get one index more.

    Args:
        labels (Sequence[int]): N classes, one per index. Classes that are absent do not count.
        count (int): Number of indices to draw.
        rng (np.random.Generator): Source of all randomness.

    Returns:
        np.ndarray: Indices in [0, N) of shape (count,), int64.
    """
    classes, members = np.unique(np.asarray(labels), return_inverse=True)
    shares = np.full(len(classes), count // len(classes))
    shares[rng.permutation(len(classes))[:count % len(classes)]] += 1
    drawn = []
    for index, share in enumerate(shares):
        own = np.flatnonzero(members == index)
        rounds = [rng.permutation(own) for _ in range(math.ceil(share / len(own)))]
        drawn += rounds and [np.concatenate(rounds)[:share]]
    return rng.permutation(np.concatenate(drawn))


@DATA_SAMPLERS.register_module()
class ClassBalancedSampler(Sampler):
    """Sampler that draws every class equally often; an epoch is as long as the dataset.

    The clips of an epoch depend only on seed and epoch. All ranks share one drawing, and a resumed
    run continues with the same drawings.

    Args:
        dataset (BaseActionDataset): Dataset whose ``get_data_info`` gives a ``label``.
        seed (int, optional): Seed, the same on all ranks. Defaults to one that the ranks draw
            together.
    """

    def __init__(self, dataset: BaseActionDataset, seed: int | None = None) -> None:
        self.rank, self.world_size = get_dist_info()
        self.labels = [int(dataset.get_data_info(index)['label']) for index in range(len(dataset))]
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        self.num_samples = math.ceil(len(self.labels) / self.world_size)

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng((self.seed, self.epoch))
        indices = draw_balanced(self.labels, self.num_samples * self.world_size, rng)
        return iter(indices[self.rank::self.world_size].tolist())

    def __len__(self) -> int:
        """Return the number of samples of this rank."""
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the drawing.

        Args:
            epoch (int): Number of the epoch.
        """
        self.epoch = epoch
