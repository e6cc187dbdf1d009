from __future__ import annotations

import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class AENTwoHeadLoss(nn.Module):
    """AEN's P1 and P2: cross-entropy shared between a head and the global head.

    P = s NLL(head) + (1 - s) NLL(global head), averaged over the batch. For P1 the global head's
    probabilities are summed over the emotions of each sentiment first.

    Args:
        share: s.
        loss_weight: Factor of the loss; at 0 it keeps its graph.
    """

    def __init__(self, share: float = 0.7, loss_weight: float = 1.) -> None:
        super().__init__()
        if not 0 <= share <= 1:
            raise ValueError(f'the key `share` of AENTwoHeadLoss is {share}: it must lie in [0, 1]')
        self.share = share
        self.loss_weight = loss_weight

    def forward(self, head: Tensor, overall: Tensor, labels: Tensor) -> Tensor:
        """Args:
            head: (B, G) log-probabilities of the head.
            overall: (B, G) log-probabilities of the global head.
            labels: (B,) indices in [0, G).

        Returns:
            () loss.
        """
        loss = (self.share * F.nll_loss(head, labels)
                + (1 - self.share) * F.nll_loss(overall, labels))
        return self.loss_weight * loss
