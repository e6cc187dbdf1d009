from __future__ import annotations

from torch import Tensor


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """Mean over the valid frames (eq. 14 where every frame is valid).

    Args:
        x: (B, T, ...) features a frame.
        mask: (B, T) bool, True where the frame counts; at least one a clip.

    Returns:
        (B, ...) means.
    """
    weight = mask.to(x.dtype)
    weight = (weight / weight.sum(1, keepdim=True)).reshape(*mask.shape, *[1] * (x.dim() - 2))
    return (x * weight).sum(1)
