from __future__ import annotations

from collections.abc import Sequence

from mmaction.registry import MODELS
from torch import Tensor, nn


def weighted_frame_mean(frames: Tensor, scores: Tensor, mask: Tensor) -> Tensor:
    """Average the vectors of the valid frames, each weighted by its score.

    Args:
        frames (Tensor): Vectors of shape (B, T, C).
        scores (Tensor): Scores of shape (B, T), not negative.
        mask (Tensor): Bool of shape (B, T), True where the frame holds real data.

    Returns:
        Tensor: Means of shape (B, C), zeros for a clip whose scores are all 0.

    Examples:
        >>> import torch
        >>> frames, scores = torch.tensor([[[0.], [4.], [9.]]]), torch.tensor([[1., 3., 5.]])
        >>> weighted_frame_mean(frames, scores, torch.tensor([[True, True, False]]))
        tensor([[3.]])
    """
    weights = (scores * mask).to(frames.dtype)
    # The softmax can underflow to 0 in every frame of a clip.
    weights = weights / weights.sum(1, keepdim=True).clamp_min(1e-6)
    return (weights[..., None] * frames).sum(1)


@MODELS.register_module()
class AENFrameTokenLoss(nn.Module):
    """AEN's L_S2T, which pulls the class token of each level to the frames that show the emotion.

    L = scale * sum over levels of L1(token, sum_t w_t f_t), where w_t is the 2D model's score of
    the true class in frame t, normalized over the valid frames, and L1 is averaged over clips and
    channels. The frames are the target and get no gradient. Otherwise both sides could agree by
    shrinking.

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
            scores (Tensor): Score of the true class in each frame, of shape (B, T).
            mask (Tensor): Bool of shape (B, T), True where the frame holds real data.

        Returns:
            Tensor: Loss, float32 of shape ().
        """
        distances = [self.distance(token.float(), level.float(), scores, mask)
                     for token, level in zip(tokens, frames)]
        return self.loss_weight * self.scale * sum(distances)

    def distance(self, token: Tensor, frames: Tensor, scores: Tensor, mask: Tensor) -> Tensor:
        """Compute the term of one level; the arguments are those of ``forward``, as float32."""
        return (token - weighted_frame_mean(frames.detach(), scores, mask)).abs().mean()
