from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def scaled_cosine(queries: Tensor, keys: Tensor, logit_scale: Tensor) -> Tensor:
    """Compute sim(q_i, k_j) / tau in float32 at least, also under autocast.

    Near 1 / tau = 100, half precision has steps of 0.06 and bfloat16 has steps of 0.5.

    Args:
        queries (Tensor): Queries of shape (B, D).
        keys (Tensor): Keys of shape (N, D).
        logit_scale (Tensor): 1 / tau, of shape ().

    Returns:
        Tensor: Scaled cosines of shape (B, N), float32, or float64 if the queries are float64.

    Examples:
        >>> queries, keys = torch.tensor([[3., 0.]]), torch.tensor([[1., 0.], [0., 5.]])
        >>> scaled_cosine(queries, keys, torch.tensor(100.))
        tensor([[100.,   0.]])
    """
    with torch.autocast(queries.device.type, enabled=False):
        dtype = torch.promote_types(queries.dtype, torch.float32)
        queries, keys = (F.normalize(x.to(dtype), dim=-1) for x in (queries, keys))
        return logit_scale.to(dtype) * queries @ keys.t()
