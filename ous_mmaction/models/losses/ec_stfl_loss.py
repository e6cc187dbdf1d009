from __future__ import annotations

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class ECSTFLLoss(nn.Module):
    """Expression-clustered loss of the DFEW paper (Jiang et al., ACM MM 2020), its eq. 9.

    The distances between clips of one class over those between clips of different classes::

        sum_{i, j of one class} d_ij / N_i  /  sum_{i, j of different classes} d_ij / N_j

    with N_i the clips of i's class in the batch. d is the Euclidean distance here; which one the
    paper means could not be checked. The authors' code of 2024 computes something else: with L1
    distances it multiplies a clip's mean distance to its class by the mean of the reciprocals of
    those to the others.

    Args:
        loss_weight (float): Defaults to 10, the paper's lambda.
    """

    def __init__(self, loss_weight: float = 10.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Args:
            features: (B, C).
            labels: (B,) class indices.

        Returns:
            () weighted loss; zero where the batch has one class only, with the graph that DDP
            wants.
        """
        same = labels[:, None] == labels
        if same.all():
            return 0 * features.sum()
        # By differences, not by products: the latter are not zero between equal features.
        distances = torch.cdist(features, features,
                                compute_mode='donot_use_mm_for_euclid_dist')
        distances = distances / same.sum(0)  # N is constant within a class
        return self.loss_weight * distances[same].sum() / distances[~same].sum()
