from __future__ import annotations

import torch
from mmaction.models.heads import I3DHead
from mmaction.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class FeatureLossHead(I3DHead):
    """mmaction's ``I3DHead`` with a loss on the feature before its dropout and classifier.

    Args:
        loss_feature (dict): A loss of features (B, C) and labels (B,), weighted by itself.
        args, kwargs: Those of ``I3DHead``.
    """

    def __init__(self, *args, loss_feature: dict, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.loss_feature = MODELS.build(loss_feature)

    def loss(self, feats: Tensor, data_samples: list, **kwargs) -> dict:
        """Cross-entropy and ``loss_feature`` of a batch of maps (B, C, T, H, W) or vectors (B, C)."""
        losses = super().loss(feats, data_samples, **kwargs)
        pooled = feats if self.avg_pool is None else self.avg_pool(feats)
        labels = torch.cat([sample.gt_label for sample in data_samples]).to(feats.device)
        losses['loss_feature'] = self.loss_feature(pooled.flatten(1), labels)
        return losses
