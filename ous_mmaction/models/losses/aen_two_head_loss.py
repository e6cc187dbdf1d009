from __future__ import annotations

import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class AENTwoHeadLoss(nn.Module):
    """AEN's P1 and P2: cross-entropy shared between a head and the global head.

    P = s NLL(head) + (1 - s) NLL(global head), averaged over the batch. For P1, the probabilities
    of the global head are first summed over the emotions of each sentiment.

    Args:
        share (float): s, in [0, 1]. Defaults to 0.7.
        loss_weight (float): Factor of the loss, which keeps its graph at 0. Defaults to 1.

    Raises:
        ValueError: If ``share`` is outside [0, 1].
    """

    def __init__(self, share: float = 0.7, loss_weight: float = 1.) -> None:
        super().__init__()
        if not 0 <= share <= 1:
            raise ValueError(f'The key `AENTwoHeadLoss.share` must lie in [0, 1], but got {share}')
        self.share = share
        self.loss_weight = loss_weight

    def forward(self, head: Tensor, overall: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            head (Tensor): Log-probabilities of the head, of shape (B, G).
            overall (Tensor): Log-probabilities of the global head, of shape (B, G).
            labels (Tensor): Indices in [0, G), of shape (B,).

        Returns:
            Tensor: Loss of shape ().
        """
        loss = (self.share * F.nll_loss(head, labels)
                + (1 - self.share) * F.nll_loss(overall, labels))
        return self.loss_weight * loss
