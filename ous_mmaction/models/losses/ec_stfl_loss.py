from __future__ import annotations

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class ECSTFLLoss(nn.Module):
    """Expression-clustered loss of the DFEW paper (Jiang et al., ACM MM 2020, eq. 9).

    The ratio of the distances between clips of one class to the distances between clips of
    different classes::

        sum_{i, j of one class} d_ij / N_i  /  sum_{i, j of different classes} d_ij / N_j

    N_i is the number of clips in the batch that have the class of i. d is the Euclidean distance;
    whether the paper means this one could not be checked. The authors' code of 2024 computes
    something else: with L1 distances, it multiplies the mean distance of a clip to its class by the
    mean of the reciprocals of its distances to the other classes.

    Args:
        loss_weight (float): Factor of the loss. Defaults to 10, the paper's lambda.
    """

    def __init__(self, loss_weight: float = 10.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            features (Tensor): Features of shape (B, C).
            labels (Tensor): Class indices of shape (B,).

        Returns:
            Tensor: Weighted loss of shape (). If the batch has only one class, it is zero and keeps
            the graph that DDP needs.
        """
        same = labels[:, None] == labels
        if same.all():
            return 0 * features.sum()
        # Distances from products would not be zero between equal features.
        distances = torch.cdist(features, features,
                                compute_mode='donot_use_mm_for_euclid_dist')
        distances = distances / same.sum(0)  # N is constant within a class
        return self.loss_weight * distances[same].sum() / distances[~same].sum()
