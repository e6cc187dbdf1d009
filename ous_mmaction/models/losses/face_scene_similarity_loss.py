from __future__ import annotations

import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class FaceSceneSimilarityLoss(nn.Module):
    """L_similarity (eq. 2): one minus the cosine of a clip's face and scene, averaged."""

    def forward(self, face: Tensor, scene: Tensor) -> Tensor:
        """Args:
            face: (B, D) aligned, pooled face feature.
            scene: (B, D) aligned scene feature.

        Returns:
            () loss in [0, 2].
        """
        return (1 - F.cosine_similarity(face, scene, dim=-1)).mean()
