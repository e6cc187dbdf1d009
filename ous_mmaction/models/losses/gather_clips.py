from __future__ import annotations

import torch
import torch.nn.functional as F
from mmengine.dist import all_gather, get_world_size
from torch import Tensor
from torch.distributed.nn.functional import all_gather as all_gather_with_gradient


def gather_clips(features: Tensor) -> Tensor:
    """Join the clips of all processes, in the order of their ranks, with gradient.

    A loss of the joined clips has the same value in each process. DDP averages its gradients to
    those of one process that holds all clips.

    Args:
        features (Tensor): Features of the clips of this process, of shape (B, D). B may differ from
            process to process.

    Returns:
        Tensor: Features of all N clips, of shape (N, D). A single process gets its own.

    Examples:
        >>> gather_clips(torch.tensor([[1., 2.]]))
        tensor([[1., 2.]])
    """
    if get_world_size() == 1:
        return features
    sizes = [int(size) for size in all_gather(torch.tensor(len(features), device=features.device))]
    padded = F.pad(features, (0, 0, 0, max(sizes) - len(features)))
    return torch.cat([rows[:size] for rows, size in zip(all_gather_with_gradient(padded), sizes)])
