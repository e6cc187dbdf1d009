from __future__ import annotations

from mmaction.registry import MODELS
from torch import Tensor

from .aen_frame_token_loss import AENFrameTokenLoss


@MODELS.register_module()
class AENSummedFrameLoss(AENFrameTokenLoss):
    """AEN's L_S2T as its authors' code computes it.

    L = scale * sum over levels of mean|token - sum_t s_t f_t| / C, where s_t is the 2D model's
    logit of the true class in frame t, of any sign and not normalized. The mean over clips and
    channels is divided by the number of channels once more. Unlike in :class:`AENFrameTokenLoss`,
    the frames get a gradient.

    Args:
        scale (float): Factor of the term of every level. Defaults to 3.
        loss_weight (float): Factor of the loss, which keeps its graph at 0. Defaults to 1.
    """

    def distance(self, token: Tensor, frames: Tensor, scores: Tensor, mask: Tensor) -> Tensor:
        """Compute the term of one level; ``scores`` are logits of the true class."""
        target = ((scores * mask)[..., None] * frames).sum(1)
        return (token - target).abs().mean() / token.shape[1]
