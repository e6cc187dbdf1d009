from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ....checks import one_of
from .fusion_block import FusionBlock


class MCFE(nn.Module):
    """Multimodal Cross-Scale Fusion Encoder (eqs. 5-10, 15).

    Args:
        channels: D.
        num_blocks: L.
        num_heads: Attention heads of a block.
        num_queries: n_q rows of Q_learn.
        shared_query: One Q_learn for all blocks (paper), else one a block (released code).
        query_mean: mu of Q_learn's initialisation (eq. 6).
        query_std: sigma of Q_learn's initialisation (eq. 6).
        reads: Keys and values after the first block: ``tokens+previous``, the clip's tokens
            together with the previous block's output; ``previous``, that output alone.
        residual: See :class:`FusionBlock`.
        act: Activation of the MLPs, a name in mmengine's registry.
        max_positions: Rows of a learned position table added to the tokens (released code: 2);
            0 for none.
    """

    def __init__(self, channels: int, num_blocks: int = 12, num_heads: int = 8,
                 num_queries: int = 2, shared_query: bool = True, query_mean: float = 0.,
                 query_std: float = 1., reads: str = 'tokens+previous', residual: str = 'none',
                 act: str = 'ReLU', max_positions: int = 0) -> None:
        super().__init__()
        one_of('MCFE.reads', reads, ('tokens+previous', 'previous'))
        if residual == 'tokens' and reads != 'previous':
            raise ValueError("residual='tokens' adds a block's input to its output: it needs "
                             "reads='previous'")
        self.reads = reads
        self.blocks = nn.ModuleList(
            FusionBlock(channels, num_heads, residual, act) for _ in range(num_blocks))
        self.queries = nn.Parameter(
            torch.empty(1 if shared_query else num_blocks, num_queries, channels))
        nn.init.normal_(self.queries, query_mean, query_std)
        self.positions = None
        if max_positions:
            self.positions = nn.Embedding(max_positions, channels)
            nn.init.normal_(self.positions.weight, std=0.02)

    def forward(self, tokens: Tensor, padding: Tensor | None = None) -> Tensor:
        """Args:
            tokens: (B, N, D) polarity, scene and face tokens.
            padding: (B, N) bool, True where a token is to be ignored.

        Returns:
            (B, D) the last block's output, averaged over the queries.
        """
        if self.positions is not None:
            tokens = tokens + self.positions.weight[:tokens.shape[1]]
        batch, num_queries = len(tokens), self.queries.shape[1]
        kv, kv_padding, later_padding = tokens, padding, None
        if padding is not None and self.reads == 'tokens+previous':
            later_padding = torch.cat([padding, padding.new_zeros(batch, num_queries)], 1)
        for index, block in enumerate(self.blocks):
            query = self.queries[index % len(self.queries)].expand(batch, -1, -1)
            output = block(query, kv, kv_padding)
            kv = output if self.reads == 'previous' else torch.cat([tokens, output], 1)
            kv_padding = later_padding
        return output.mean(1)

    def block_sources(self, tokens: Sequence[str]) -> list[list[str]]:
        """Where the keys and values of each block come from.

        Args:
            tokens: Source of each of the N tokens.

        Returns:
            A list a block, of as many names as it reads keys: those of the tokens, and ``previous``
            for the previous block's output. Where ``residual`` is ``tokens`` that output is the
            tokens and what was added to them, so that it keeps their names.
        """
        tokens, previous = list(tokens), ['previous'] * self.queries.shape[1]
        later = tokens + previous if self.reads == 'tokens+previous' else previous
        if self.blocks[0].residual == 'tokens':
            later = tokens
        return [tokens] + [later] * (len(self.blocks) - 1)
