from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def fixed_random_weights() -> Iterator[None]:
    """Make random weights independent of what was built before, and equal on every rank.

    Within the context, the CPU generator is seeded with 0; it is restored afterwards. GPU
    generators keep the seed of the run.
    """
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(0)
        yield
