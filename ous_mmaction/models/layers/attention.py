from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...checks import one_of


class Attention(nn.Module):
    """Multi-head attention of vision transformers, of tokens among themselves or to a context.

    Args:
        channels (int): C, width of the tokens.
        num_heads (int): Number of heads, a divisor of C.
        bias (str): Which projections have a bias: ``'all'`` as in ViT, ``'query_value'`` as in
            VideoMAE, or ``'none'``. The output projection always has one. Defaults to ``'all'``.

    Raises:
        ValueError: If ``bias`` is unknown.
    """

    def __init__(self, channels: int, num_heads: int, bias: str = 'all') -> None:
        super().__init__()
        one_of('Attention.bias', bias, ('all', 'query_value', 'none'))
        self.num_heads = num_heads
        self.qkv = nn.Linear(channels, 3 * channels, bias=bias == 'all')
        self.proj = nn.Linear(channels, channels)
        if bias == 'query_value':
            self.q_bias = nn.Parameter(torch.zeros(channels))
            self.v_bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Attend.

        Args:
            x (Tensor): Tokens of shape (B, N, C), which give the queries.
            context (Tensor, optional): Tokens of shape (B, M, C), which give keys and values.
                Defaults to ``x``.

        Returns:
            Tensor: Tokens of shape (B, N, C).
        """
        context = x if context is None else context
        projections = zip((x, context, context), self.qkv.weight.chunk(3), self._biases())
        q, k, v = (F.linear(tokens, weight, bias).unflatten(-1, (self.num_heads, -1))
                   .transpose(1, 2) for tokens, weight, bias in projections)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))

    def _biases(self) -> tuple[Tensor | None, ...]:
        """Return the biases of queries, keys and values."""
        if hasattr(self, 'q_bias'):
            return self.q_bias, None, self.v_bias
        return (None,) * 3 if self.qkv.bias is None else self.qkv.bias.chunk(3)
