from __future__ import annotations

from torch import Tensor


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """Average features over the valid frames (eq. 14 if every frame is valid).

    Args:
        x (Tensor): Features of shape (B, T, ...).
        mask (Tensor): Bool of shape (B, T), True where the frame counts; at least one per clip.

    Returns:
        Tensor: Means of shape (B, ...).

    Examples:
        >>> import torch
        >>> x = torch.tensor([[[1., 2.], [3., 4.], [99., 99.]]])
        >>> masked_mean(x, torch.tensor([[True, True, False]]))
        tensor([[2., 3.]])
    """
    weight = mask.to(x.dtype)
    weight = (weight / weight.sum(1, keepdim=True)).reshape(*mask.shape, *[1] * (x.dim() - 2))
    return (x * weight).sum(1)
