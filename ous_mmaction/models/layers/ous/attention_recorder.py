from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor

from .mcfe import MCFE

SOURCES = ('face', 'scene', 'polarity', 'previous')


class BlockAttention(NamedTuple):
    """What the queries of a fusion block attended to.

    Attributes:
        weights: (B, Q, N) averaged over the heads; they sum to 1 over the N keys.
        valid: (B, N) bool, False where a key was ignored.
    """

    weights: Tensor
    valid: Tensor


@contextmanager
def record_attention(mcfe: MCFE) -> Iterator[list[BlockAttention]]:
    """Within the context each forward of a fusion block appends its attention to the list given.

    What the blocks compute stays as it is, bit for bit: the weights are computed beside it.
    """
    recorded = []

    def record(block, inputs):
        query, kv, padding = inputs
        valid = kv.new_ones(kv.shape[:2], dtype=torch.bool) if padding is None else ~padding
        recorded.append(BlockAttention(block.attention(query, kv, padding), valid))

    hooks = [block.register_forward_pre_hook(record) for block in mcfe.blocks]
    try:
        yield recorded
    finally:
        for hook in hooks:
            hook.remove()


def sum_by_source(weights: Tensor, sources: Sequence[str]) -> Tensor:
    """Weight on each source.

    Args:
        weights: (..., N).
        sources: N names of :data:`SOURCES`.

    Returns:
        (..., 4), in the order of :data:`SOURCES`.
    """
    member = [[source == name for name in SOURCES] for source in sources]
    return weights @ weights.new_tensor(member)
