from __future__ import annotations

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn


def scaled_cosine(queries: Tensor, keys: Tensor, logit_scale: Tensor) -> Tensor:
    """sim(q_i, k_j) / tau, in float32 under autocast too: near 1 / tau = 100 half precision has
    steps of 0.06, bfloat16 of 0.5.

    Args:
        queries: (B, D).
        keys: (N, D).
        logit_scale: () 1 / tau.

    Returns:
        (B, N) float32.
    """
    with torch.autocast(queries.device.type, enabled=False):
        queries, keys = (F.normalize(x.float(), dim=-1) for x in (queries, keys))
        return logit_scale.float() * queries @ keys.t()


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
            logits = scaled_cosine(scene, face, logit_scale)
            labels = torch.arange(len(logits), device=logits.device)
        return F.cross_entropy(logits, labels)
