from __future__ import annotations

import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class FaceSceneSimilarityLoss(nn.Module):
    """L_similarity (eq. 2): one minus the cosine of face and scene, averaged over the clips."""

    def forward(self, face: Tensor, scene: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            face (Tensor): Aligned and pooled face features of shape (B, D).
            scene (Tensor): Aligned scene features of shape (B, D).

        Returns:
            Tensor: Loss in [0, 2], of shape ().
        """
        return (1 - F.cosine_similarity(face, scene, dim=-1)).mean()
