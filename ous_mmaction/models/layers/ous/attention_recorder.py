from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor

from .fusion_block import FusionBlock
from .mcfe import MCFE

SOURCES = ('face', 'scene', 'polarity', 'previous')


class BlockAttention(NamedTuple):
    """Attention weights of a fusion block.

    Attributes:
        weights (Tensor): Weights of shape (B, Q, N), averaged over the heads. They sum to 1 over
            the N keys.
        valid (Tensor): Bool of shape (B, N), False where a key was ignored.
    """

    weights: Tensor
    valid: Tensor


@contextmanager
def record_attention(mcfe: MCFE) -> Iterator[list[BlockAttention]]:
    """Record the attention of every fusion block within the context.

    The weights are computed separately, so the outputs of the blocks stay the same bit for bit.

    Args:
        mcfe (MCFE): The encoder whose blocks are recorded.

    Yields:
        list[BlockAttention]: A list to which each forward pass of a block appends its attention.
    """
    recorded = []

    def record(block: FusionBlock, inputs: tuple[Tensor, Tensor, Tensor | None]) -> None:
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
    """Sum the weights of each source.

    Args:
        weights (Tensor): Weights of shape (..., N).
        sources (Sequence[str]): Source of each of the N keys, a name in :data:`SOURCES`.

    Returns:
        Tensor: Sums of shape (..., 4), in the order of :data:`SOURCES`.

    Examples:
        >>> sum_by_source(torch.tensor([0.25, 0.25, 0.5]), ['face', 'face', 'scene'])
        tensor([0.5000, 0.5000, 0.0000, 0.0000])
    """
    members = [[source == name for name in SOURCES] for source in sources]
    return weights @ weights.new_tensor(members)
