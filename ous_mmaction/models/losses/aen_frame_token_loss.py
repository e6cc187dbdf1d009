from __future__ import annotations

from collections.abc import Sequence

from mmaction.registry import MODELS
from torch import Tensor, nn


def weighted_frame_mean(frames: Tensor, scores: Tensor, mask: Tensor) -> Tensor:
    """Mean of the valid frames' vectors, each weighted by its score.

    Args:
        frames: (B, T, C).
        scores: (B, T) at least 0, not all of them 0 in a clip.
        mask: (B, T) bool, True where the frame holds real data.

    Returns:
        (B, C).
    """
    weights = (scores * mask).to(frames.dtype)
    # A softmax can underflow to 0 in every frame of a clip.
    weights = weights / weights.sum(1, keepdim=True).clamp_min(1e-6)
    return (weights[..., None] * frames).sum(1)


@MODELS.register_module()
class AENFrameTokenLoss(nn.Module):
    """AEN's L_S2T: each level's class token near its frames that show the clip's emotion.

    L = scale * sum over levels of L1(token, sum_t w_t f_t), w_t the 2D model's score of the true
    class in frame t, normalised over the valid frames; L1 is averaged over clips and channels. The
    frames are the target: no gradient reaches them, or both sides could agree by shrinking.

    Args:
        scale: Factor of every level's term.
        loss_weight: Factor of the loss; at 0 it keeps its graph.
    """

    def __init__(self, scale: float = 3., loss_weight: float = 1.) -> None:
        super().__init__()
        self.scale = scale
        self.loss_weight = loss_weight

    def forward(self, tokens: Sequence[Tensor], frames: Sequence[Tensor], scores: Tensor,
                mask: Tensor) -> Tensor:
        """Args:
            tokens: L class tokens (B, C_l).
            frames: L tensors (B, T, C_l), vectors of the frames.
            scores: (B, T) score of the true class in each frame.
            mask: (B, T) bool, True where the frame holds real data.

        Returns:
            () loss, float32.
        """
        targets = [weighted_frame_mean(level.detach().float(), scores, mask) for level in frames]
        distances = [(token.float() - target).abs().mean()
                     for token, target in zip(tokens, targets)]
        return self.loss_weight * self.scale * sum(distances)
