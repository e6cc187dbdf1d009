from __future__ import annotations

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class QuickGELU(nn.Module):
    """CLIP's activation x * sigmoid(1.702 x)."""

    def forward(self, x: Tensor) -> Tensor:
        """Apply the activation to a tensor of any shape."""
        return x * torch.sigmoid(1.702 * x)
