from __future__ import annotations

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..layers.scaled_cosine import scaled_cosine
from ..structures import FaceSceneFeatures


@MODELS.register_module()
class FaceSceneContrastiveLoss(nn.Module):
    """L_contrast of OUS as eq. 3 prints it: each scene against the faces of the batch.

    It is averaged over the batch, where eq. 3 prints a sum. Prompts and fusion get no gradient from
    it, so that a model that it trains stays at chance: it is here for the ablation.
    """

    def forward(self, logits: Tensor, labels: Tensor, features: FaceSceneFeatures,
                logit_scale: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            logits: Not read; part of the interface.
            labels: Not read; part of the interface.
            features: With ``face`` and ``scene``, (B, D) each.
            logit_scale: () 1 / tau.

        Returns:
            () loss.
        """
        similarity = scaled_cosine(features.scene, features.face, logit_scale)
        return F.cross_entropy(similarity, torch.arange(len(similarity), device=similarity.device))
