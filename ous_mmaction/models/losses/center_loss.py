from __future__ import annotations

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class CenterLoss(nn.Module):
    """Centre loss (Wen et al., ECCV 2016): half the squared distance to the centre of one's class.

    The centres are a parameter, so that DDP averages their gradients and every rank holds the same
    ones. Their gradient is the paper's step, the sum of c - x over the clips of the class over one
    plus their number, and is free of ``loss_weight``: at the field's 1e-4 they would stand still.
    The paper's rate of the centres, alpha, is the optimizer's learning rate here.

    Args:
        num_classes (int): K.
        channels (int): C, width of a feature.
        loss_weight (float): Factor on the pull on the features. Defaults to 1e-4, DFEW's.
    """

    def __init__(self, num_classes: int, channels: int, loss_weight: float = 1e-4) -> None:
        super().__init__()
        self.loss_weight = loss_weight
        self.centers = nn.Parameter(torch.zeros(num_classes, channels))

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Args:
            features: (B, C).
            labels: (B,) class indices.

        Returns:
            () weighted mean over the batch.
        """
        own = self.centers[labels]
        pull = (features - own.detach()).square().sum(1).mean() / 2
        count = torch.bincount(labels, minlength=len(self.centers))[labels]
        follow = ((features.detach() - own).square().sum(1) / (1 + count)).sum() / 2
        return self.loss_weight * pull + follow - follow.detach()
