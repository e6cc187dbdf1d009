from __future__ import annotations

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn


def scene_face_logits(face: Tensor, scene: Tensor, logit_scale: Tensor) -> Tensor:
    """sim(V_s_i, V_f_j) / tau over a batch, as eq. 3 prints it.

    Args:
        face: (B, D).
        scene: (B, D).
        logit_scale: () 1 / tau.

    Returns:
        (B, B), scenes along the rows.
    """
    return logit_scale * F.normalize(scene, dim=-1) @ F.normalize(face, dim=-1).t()


@MODELS.register_module()
class PromptContrastiveLoss(nn.Module):
    """L_contrast (eq. 3), averaged over the batch.

    Args:
        target: ``prompts``, the fused feature against the K prompts (the paper's text and the
            released code); ``faces``, each scene against the batch's faces (eq. 3 as printed).
    """

    def __init__(self, target: str = 'prompts') -> None:
        super().__init__()
        if target not in ('prompts', 'faces'):
            raise ValueError(f"contrastive target '{target}' is unknown: the key `target` takes "
                             'prompts or faces')
        self.target = target

    def forward(self, logits: Tensor, labels: Tensor, face: Tensor, scene: Tensor,
                logit_scale: Tensor) -> Tensor:
        """
        Args:
            logits: (B, K) scaled cosine of the fused feature to the prompts.
            labels: (B,) class indices.
            face: (B, D) pooled face feature.
            scene: (B, D) scene feature; None with a head on a stock recognizer.
            logit_scale: () 1 / tau.

        Returns:
            () loss.
        """
        if self.target == 'faces':
            logits = scene_face_logits(face, scene, logit_scale)
            labels = torch.arange(len(logits), device=logits.device)
        return F.cross_entropy(logits, labels)
