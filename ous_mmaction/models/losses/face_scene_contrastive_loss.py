from __future__ import annotations

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..layers.scaled_cosine import scaled_cosine
from ..structures import FaceSceneFeatures
from .gather_clips import gather_clips


@MODELS.register_module()
class FaceSceneContrastiveLoss(nn.Module):
    """L_contrast of OUS as eq. 3 prints it: each scene against the faces of the batch.

    The batch is that of all processes together, so that the number of negatives does not depend on
    the number of processes. The loss is averaged over the batch, whereas eq. 3 prints a sum. It
    gives prompts and fusion no gradient, so a model that is trained with it stays at chance. It
    exists for the ablation.
    """

    def forward(self, logits: Tensor, labels: Tensor, features: FaceSceneFeatures,
                logit_scale: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            logits (Tensor): Not used; part of the interface.
            labels (Tensor): Not used; part of the interface.
            features (FaceSceneFeatures): Features with ``face`` and ``scene``, each of shape
                (B, D).
            logit_scale (Tensor): 1 / tau, of shape ().

        Returns:
            Tensor: Loss of shape ().
        """
        clips = gather_clips(torch.cat([features.scene, features.face], 1))
        similarity = scaled_cosine(*clips.chunk(2, 1), logit_scale)
        return F.cross_entropy(similarity, torch.arange(len(similarity), device=similarity.device))
