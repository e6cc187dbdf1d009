from __future__ import annotations

from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class AENFrameScoreLoss(nn.Module):
    """AEN's L_e, which ties a head to the emotional probabilities of all frames together.

    L = L1(sigmoid(logits), softmax(sum over the valid frames of the 2D model's scores)), averaged
    over clips and classes. It is L_e7 with the scores of the emotions and L_e3 with those of the
    sentiments.

    Args:
        loss_weight (float): Factor of the loss, which keeps its graph at 0. Defaults to 1.
    """

    def __init__(self, loss_weight: float = 1.) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, logits: Tensor, scores: Tensor, mask: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            logits (Tensor): Logits of the head, of shape (B, G).
            scores (Tensor): Probabilities of each frame, of shape (B, T, G).
            mask (Tensor): Bool of shape (B, T), True where the frame holds real data.

        Returns:
            Tensor: Loss, float32 of shape ().
        """
        return self.compare(logits, (scores * mask[..., None]).sum(1).softmax(-1))

    def compare(self, logits: Tensor, target: Tensor) -> Tensor:
        """Compute the loss from probabilities of the clip.

        Args:
            logits (Tensor): Logits of the head, of shape (B, G).
            target (Tensor): Probabilities of shape (B, G).

        Returns:
            Tensor: Loss, float32 of shape ().
        """
        return self.loss_weight * (logits.float().sigmoid() - target).abs().mean()
