from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ....checks import one_of
from .fusion_block import FusionBlock


class MCFE(nn.Module):
    """Multimodal Cross-Scale Fusion Encoder (eqs. 5-10, 15).

    Args:
        channels (int): D.
        num_blocks (int): L. Defaults to 12.
        num_heads (int): Number of attention heads of a block. Defaults to 8.
        num_queries (int): n_q, number of rows of Q_learn. Defaults to 2.
        shared_query (bool): Whether all blocks share one Q_learn (paper) or each block has its own
            (released code). Defaults to True.
        query_mean (float): mu of Q_learn's initialization (eq. 6). Defaults to 0.
        query_std (float): sigma of Q_learn's initialization (eq. 6). Defaults to 1.
        reads (str): Keys and values after the first block: ``tokens+previous`` for the tokens of
            the clip together with the output of the previous block, ``previous`` for that output
            alone. Defaults to ``tokens+previous``.
        residual (str): See :class:`FusionBlock`. Defaults to ``none``.
        act (str): Name of the MLPs' activation in mmengine's registry. Defaults to ``ReLU``.
        max_positions (int): Number of rows of a learned position table that is added to the tokens
            (released code: 2). Defaults to 0, no table.

    Raises:
        ValueError: If ``reads`` or ``residual`` is unknown, or if they do not fit together.
    """

    def __init__(self, *, channels: int, num_blocks: int = 12, num_heads: int = 8,
                 num_queries: int = 2, shared_query: bool = True, query_mean: float = 0.,
                 query_std: float = 1., reads: str = 'tokens+previous', residual: str = 'none',
                 act: str = 'ReLU', max_positions: int = 0) -> None:
        super().__init__()
        one_of('MCFE.reads', reads, ('tokens+previous', 'previous'))
        if residual == 'tokens' and reads != 'previous':
            raise ValueError("The key `MCFE.residual` is 'tokens', which adds the input of a block "
                             f"to its output, but `MCFE.reads` is {reads!r}. Set `MCFE.reads` to "
                             "'previous'")
        self.reads = reads
        self.blocks = nn.ModuleList(
            FusionBlock(channels=channels, num_heads=num_heads, residual=residual, act=act)
            for _ in range(num_blocks))
        self.queries = nn.Parameter(
            torch.empty(1 if shared_query else num_blocks, num_queries, channels))
        nn.init.normal_(self.queries, query_mean, query_std)
        self.positions = None
        if max_positions:
            self.positions = nn.Embedding(max_positions, channels)
            nn.init.normal_(self.positions.weight, std=0.02)

    def forward(self, tokens: Tensor, padding: Tensor | None = None,
                values: Tensor | None = None) -> Tensor:
        """Fuse the tokens of each clip.

        Args:
            tokens (Tensor): Face, scene and polarity tokens of shape (B, N, D).
            padding (Tensor, optional): Bool of shape (B, N), True where a token is ignored.
                Defaults to none.
            values (Tensor, optional): Values of shape (B, N, D) in place of the tokens, which are
                keys alone then. The output of the previous block stays both. Defaults to the
                tokens.

        Returns:
            Tensor: Output of the last block, averaged over the queries, of shape (B, D).
        """
        if self.positions is not None:
            positions = self.positions.weight[:tokens.shape[1]]
            tokens = tokens + positions
            values = None if values is None else values + positions
        batch, num_queries = tokens.shape[0], self.queries.shape[1]
        kv, kv_values, kv_padding, later_padding = tokens, values, padding, None
        if padding is not None and self.reads == 'tokens+previous':
            later_padding = torch.cat([padding, padding.new_zeros(batch, num_queries)], 1)
        for index, block in enumerate(self.blocks):
            query = self.queries[index % len(self.queries)].expand(batch, -1, -1)
            output = block(query, kv, kv_padding, values=kv_values)
            kv, kv_values, kv_padding = output, None, later_padding
            if self.reads == 'tokens+previous':
                kv = torch.cat([tokens, output], 1)
                kv_values = None if values is None else torch.cat([values, output], 1)
        return output.mean(1)

    def block_sources(self, tokens: Sequence[str]) -> list[list[str]]:
        """Return the sources of the keys and values of each block.

        Args:
            tokens (Sequence[str]): Source of each of the N tokens, as keys.

        Returns:
            list[list[str]]: One list per block with one name per key: the source of a token, or
            ``previous`` for the output of the previous block. With ``residual='tokens'`` that
            output is the sum of the tokens and what the block added, so it keeps their names.

        Examples:
            >>> MCFE(channels=8, num_blocks=2, num_queries=2).block_sources(['face', 'scene'])
            [['face', 'scene'], ['face', 'scene', 'previous', 'previous']]
        """
        tokens, previous = list(tokens), ['previous'] * self.queries.shape[1]
        later = tokens + previous if self.reads == 'tokens+previous' else previous
        if self.blocks[0].residual == 'tokens':
            later = tokens
        return [tokens] + [later] * (len(self.blocks) - 1)
