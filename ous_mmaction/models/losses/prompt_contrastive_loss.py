from __future__ import annotations

import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..structures import FaceSceneFeatures


@MODELS.register_module()
class PromptContrastiveLoss(nn.Module):
    """L_contrast of OUS as its text says: the fused feature against the K class prompts.

    It is the cross-entropy of the logits, averaged over the batch (eq. 3 prints a sum). This is also
    what the released code computes. :class:`FaceSceneContrastiveLoss` is eq. 3 as it is printed.
    """

    def forward(self, logits: Tensor, labels: Tensor, features: FaceSceneFeatures,
                logit_scale: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            logits: (B, K) scaled cosine of the fused feature to the prompts.
            labels: (B,) class indices.
            features: Not read; part of the interface.
            logit_scale: Not read; part of the interface.

        Returns:
            () loss.
        """
        return F.cross_entropy(logits, labels)
