from __future__ import annotations

from collections.abc import Sequence

from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class AENSummedFrameLoss(nn.Module):
    """AEN's L_S2T as its authors' code computes it.

    L = scale * sum over levels of mean|token - sum_t s_t f_t| / C, where s_t is the 2D model's
    logit of the true class in frame t, of any sign and not normalized. The mean over clips and
    channels is divided by the number of channels once more. Unlike in :class:`AENFrameTokenLoss`,
    the frames get a gradient.

    Args:
        scale (float): Factor of the term of every level. Defaults to 3.
        loss_weight (float): Factor of the loss, which keeps its graph at 0. Defaults to 1.
    """

    def __init__(self, scale: float = 3., loss_weight: float = 1.) -> None:
        super().__init__()
        self.scale = scale
        self.loss_weight = loss_weight

    def forward(self, tokens: Sequence[Tensor], frames: Sequence[Tensor], scores: Tensor,
                mask: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            tokens (Sequence[Tensor]): L class tokens of shape (B, C_l).
            frames (Sequence[Tensor]): Vectors of the frames, L tensors of shape (B, T, C_l).
            scores (Tensor): Logit of the true class in each frame, of shape (B, T).
            mask (Tensor): Bool of shape (B, T), True where the frame holds real data.

        Returns:
            Tensor: Loss, float32 of shape ().
        """
        weights = (scores * mask)[..., None]
        distances = [(token.float() - (weights * level.float()).sum(1)).abs().mean()
                     / token.shape[1] for token, level in zip(tokens, frames)]
        return self.loss_weight * self.scale * sum(distances)
