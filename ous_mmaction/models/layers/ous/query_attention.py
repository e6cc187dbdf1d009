from __future__ import annotations

import torch
from torch import Tensor, nn


def query_attention(attn: nn.MultiheadAttention, query: Tensor, kv: Tensor,
                    padding: Tensor | None = None, *,
                    values: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Compute the attention of a few queries without projecting the keys and values.

    Both projections are linear, so that a head needs W_k only on the side of its query and W_v only
    behind its mean over the tokens::

        q^T (W_k k_n + b_k) = (W_k^T q)^T k_n + q^T b_k
        sum_n p_n (W_v v_n + b_v) = W_v (sum_n p_n v_n) + b_v

    The softmax cancels q^T b_k, which is the same for all tokens. The result is that of the module
    up to rounding. With Q queries instead of N tokens, the projections cost Q / N as much.

    Args:
        attn (nn.MultiheadAttention): Attention of equal widths, with biases and without dropout.
        query (Tensor): Queries of shape (B, Q, D).
        kv (Tensor): Keys and values of shape (B, N, D).
        padding (Tensor, optional): Bool of shape (B, N), True where a token is ignored. Defaults to
            none.
        values (Tensor, optional): Values of shape (B, N, D) in place of ``kv``, which are keys
            alone then. Defaults to ``kv``.

    Returns:
        tuple[Tensor, Tensor]: Outputs of shape (B, Q, D), and weights of shape (B, H, Q, N).
    """
    heads, head_channels = attn.num_heads, attn.head_dim
    query_weight, key_weight, value_weight = attn.in_proj_weight.chunk(3)
    query_bias, _, value_bias = attn.in_proj_bias.chunk(3)
    key_weight, value_weight = (weight.unflatten(0, (heads, head_channels))
                                for weight in (key_weight, value_weight))
    q = nn.functional.linear(query, query_weight, query_bias) * head_channels ** -0.5
    keys = torch.einsum('bqhd,hdc->bhqc', q.unflatten(-1, (heads, head_channels)), key_weight)
    scores = keys.flatten(1, 2) @ kv.transpose(1, 2)  # (B, H Q, N)
    if padding is not None:
        scores = scores.masked_fill(padding[:, None], float('-inf'))
    weights = scores.softmax(-1)
    means = (weights @ (kv if values is None else values)).unflatten(1, (heads, -1))
    attended = torch.einsum('bhqc,hdc->bqhd', means, value_weight).flatten(2) + value_bias
    return attn.out_proj(attended), weights.unflatten(1, (heads, -1))
