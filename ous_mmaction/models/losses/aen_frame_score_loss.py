from __future__ import annotations

from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class AENFrameScoreLoss(nn.Module):
    """AEN's L_e: a head keeps the emotional probability that the frames have together.

    L = L1(sigmoid(logits), softmax(sum over the valid frames of the 2D model's scores)), averaged
    over clips and classes: L_e7 with the emotions' scores and L_e3 with the sentiments'.

    Args:
        loss_weight: Factor of the loss; at 0 it keeps its graph.
    """

    def __init__(self, loss_weight: float = 1.) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, logits: Tensor, scores: Tensor, mask: Tensor) -> Tensor:
        """Args:
            logits: (B, G) of the head.
            scores: (B, T, G) probabilities of each frame.
            mask: (B, T) bool, True where the frame holds real data.

        Returns:
            () loss, float32.
        """
        target = (scores * mask[..., None]).sum(1).softmax(-1)
        return self.loss_weight * (logits.float().sigmoid() - target).abs().mean()
