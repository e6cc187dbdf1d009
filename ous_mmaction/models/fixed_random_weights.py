from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def fixed_random_weights() -> Iterator[None]:
    """Within the context random weights are the same whatever was built before, on every rank.

    The CPU generator is seeded with 0 and restored afterwards. GPU generators keep the run's seed.
    """
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(0)
        yield
