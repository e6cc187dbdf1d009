from __future__ import annotations

import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..structures import FaceSceneFeatures


@MODELS.register_module()
class PromptContrastiveLoss(nn.Module):
    """L_contrast of OUS as its text describes it: the fused feature against the K class prompts.

    It is the cross-entropy of the logits, averaged over the batch, whereas eq. 3 prints a sum. The
    released code computes the same. :class:`FaceSceneContrastiveLoss` is eq. 3 as printed.
    """

    def forward(self, logits: Tensor, labels: Tensor, features: FaceSceneFeatures,
                logit_scale: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            logits (Tensor): Scaled cosines of the fused features and the prompts, of shape (B, K).
            labels (Tensor): Class indices of shape (B,).
            features (FaceSceneFeatures): Not used; part of the interface.
            logit_scale (Tensor): Not used; part of the interface.

        Returns:
            Tensor: Loss of shape ().
        """
        return F.cross_entropy(logits, labels)
