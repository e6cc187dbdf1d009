from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class PackedPrompts(NamedTuple):
    """Several prompts in one sequence, which a causal text tower reads at once.

    All prompts begin with the same tokens, and in a causal tower these do not depend on what
    follows. So the sequence holds them once and then the own tokens of each prompt, and a token
    sees what it would see in a sequence of its own.

    Attributes:
        tokens (Tensor): Token embeddings of shape (S, W).
        positions (Tensor): Position of each token in its own prompt, int64 of shape (S,).
        mask (Tensor): What is added to the attention scores, of shape (S, S): 0 where the token
            of the row sees the token of the column, and -inf elsewhere.
        ends (Tensor): Index of the end token of each prompt, int64 of shape (K,).
    """

    tokens: Tensor
    positions: Tensor
    mask: Tensor
    ends: Tensor


def pack_prompts(prompts: Tensor, ends: Tensor, num_shared: int) -> PackedPrompts:
    """Pack prompts that begin with the same tokens.

    Args:
        prompts (Tensor): Token embeddings of shape (K, L, W).
        ends (Tensor): Position of each end token, of shape (K,), at least ``num_shared``.
        num_shared (int): Number of first tokens that all prompts share, at least 0.

    Returns:
        PackedPrompts: One sequence of ``num_shared + (ends + 1 - num_shared).sum()`` tokens.
    """
    column = torch.arange(prompts.shape[1], device=prompts.device)
    own = (column >= num_shared) & (column <= ends[:, None])
    owner, position = own.nonzero(as_tuple=True)
    owner = torch.cat([owner.new_full((num_shared,), -1), owner])
    positions = torch.cat([column[:num_shared], position])
    visible = (positions[:, None] >= positions) & ((owner[:, None] == owner) | (owner == -1))
    mask = torch.zeros(visible.shape, dtype=prompts.dtype, device=prompts.device)
    return PackedPrompts(
        tokens=torch.cat([prompts[0, :num_shared], prompts[own]]), positions=positions,
        mask=mask.masked_fill_(~visible, float('-inf')),
        ends=num_shared - 1 + own.sum(1).cumsum(0))
