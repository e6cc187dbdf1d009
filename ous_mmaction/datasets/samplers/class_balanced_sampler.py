from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from mmaction.registry import DATA_SAMPLERS
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler


def draw_balanced(labels: Sequence[int], count: int, rng: np.random.Generator) -> np.ndarray:
    """Indices among which every class is as frequent as every other, in random order.

    Within a class no index is drawn once more often than another, and which are, is random. Where
    ``count`` is no multiple of the number of classes, which get one more is random.

    Args:
        labels: (N,) class of every index; classes that are absent are not counted.
        count: How many to draw.
        rng: Source of all randomness.

    Returns:
        np.ndarray: (count,) int64 indices in [0, N).
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
    """Draws every class equally often; an epoch is as long as the dataset.

    What an epoch holds depends on seed and epoch alone: ranks share one drawing, and a resumed run
    goes on with the same.

    Args:
        dataset: With ``get_data_info``, which names a ``label``.
        seed (int, optional): The same on all ranks. Defaults to one drawn together.
    """

    def __init__(self, dataset, seed: int | None = None) -> None:
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
        """Samples of this rank."""
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the drawing."""
        self.epoch = epoch
