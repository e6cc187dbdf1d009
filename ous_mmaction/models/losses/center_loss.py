from __future__ import annotations

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class CenterLoss(nn.Module):
    """Center loss (Wen et al., ECCV 2016): half the squared distance to the center of the class.

    The centers are a parameter, so that DDP averages their gradients and all ranks hold the same
    centers. Their gradient is the step of the paper: the sum of c - x over the clips of the class,
    divided by one plus their number. It does not depend on ``loss_weight``, because the centers
    would hardly move at the usual 1e-4. The paper's learning rate of the centers, alpha, is the
    learning rate of the optimizer here.

    Args:
        num_classes (int): K.
        channels (int): C, width of a feature.
        loss_weight (float): Factor of the pull on the features. Defaults to 1e-4, as for DFEW.
    """

    def __init__(self, num_classes: int, channels: int, loss_weight: float = 1e-4) -> None:
        super().__init__()
        self.loss_weight = loss_weight
        self.centers = nn.Parameter(torch.zeros(num_classes, channels))

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            features (Tensor): Features of shape (B, C).
            labels (Tensor): Class indices of shape (B,).

        Returns:
            Tensor: Weighted mean over the batch, of shape ().
        """
        own = self.centers[labels]
        pull = (features - own.detach()).square().sum(1).mean() / 2
        count = torch.bincount(labels, minlength=len(self.centers))[labels]
        follow = ((features.detach() - own).square().sum(1) / (1 + count)).sum() / 2
        return self.loss_weight * pull + follow - follow.detach()
