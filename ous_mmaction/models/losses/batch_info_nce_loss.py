from __future__ import annotations

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class BatchInfoNCELoss(nn.Module):
    """Symmetric contrastive loss between the clips of a batch and the texts of their classes.

    Each clip belongs to its own text alone, as in EmoCLIP, so that two clips of one class are
    negatives of each other. The loss is computed on each GPU for itself.

    Args:
        loss_weight (float): Factor on the loss. Defaults to 1.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, cls_score: Tensor, label: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            cls_score (Tensor): Scaled cosines of clips and classes, of shape (B, K).
            label (Tensor): Classes of the clips, int64 of shape (B,).

        Returns:
            Tensor: Loss of shape ().
        """
        pairs = cls_score[:, label]
        own = torch.arange(len(label), device=label.device)
        losses = F.cross_entropy(pairs, own) + F.cross_entropy(pairs.t(), own)
        return self.loss_weight * losses / 2
