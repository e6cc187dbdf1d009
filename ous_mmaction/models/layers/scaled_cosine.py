from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def scaled_cosine(queries: Tensor, keys: Tensor, logit_scale: Tensor) -> Tensor:
    """sim(q_i, k_j) / tau, in float32 under autocast too.

    Near 1 / tau = 100 half precision has steps of 0.06 and bfloat16 has steps of 0.5.

    Args:
        queries: (B, D).
        keys: (N, D).
        logit_scale: () 1 / tau.

    Returns:
        (B, N) float32.
    """
    with torch.autocast(queries.device.type, enabled=False):
        queries, keys = (F.normalize(x.float(), dim=-1) for x in (queries, keys))
        return logit_scale.float() * queries @ keys.t()
