from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ...emotions import polarity_of_classes


@MODELS.register_module()
class PolarityLoss(nn.Module):
    """L_polarity (eq. 1): cross-entropy of the scene's polarity, averaged over the batch.

    Args:
        class_names (Sequence[str]): Emotions in the dataset's class order.
        polarity (Mapping[str, str], optional): Maps emotions to ``positive``, ``neutral`` or
            ``negative`` where they differ from AEN's groups.
    """

    def __init__(self, class_names: Sequence[str],
                 polarity: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.register_buffer('polarity_of_class',
                             torch.tensor(polarity_of_classes(class_names, polarity)),
                             persistent=False)

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            logits (Tensor): Logits of shape (B, 3), in the order of ``POLARITIES``.
            labels (Tensor): Class indices of the emotions, of shape (B,).

        Returns:
            Tensor: Loss of shape ().
        """
        return F.cross_entropy(logits, self.polarity_of_class[labels])
