from __future__ import annotations

import torch
from mmaction.models.heads import I3DHead
from mmaction.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class FeatureLossHead(I3DHead):
    """mmaction's ``I3DHead`` with a loss on the feature before its dropout and classifier.

    Args:
        loss_feature (dict): Config of a loss that reads features of shape (B, C) and labels of
            shape (B,) and applies its own weight.
        kwargs: Arguments of ``I3DHead``.
    """

    def __init__(self, *, loss_feature: dict, **kwargs) -> None:
        super().__init__(**kwargs)
        self.loss_feature = MODELS.build(loss_feature)

    def loss(self, feats: Tensor, data_samples: list, **kwargs) -> dict:
        """Compute the cross-entropy and ``loss_feature`` of a batch.

        Args:
            feats (Tensor): Feature maps of shape (B, C, T, H, W) or vectors of shape (B, C).
            data_samples (list[ActionDataSample]): Samples with ``gt_label``.
            kwargs: Further arguments of ``I3DHead.loss``.

        Returns:
            dict: The losses of ``I3DHead`` and ``loss_feature``.
        """
        losses = super().loss(feats, data_samples, **kwargs)
        pooled = feats if self.avg_pool is None else self.avg_pool(feats)
        labels = torch.cat([sample.gt_label for sample in data_samples]).to(feats.device)
        losses['loss_feature'] = self.loss_feature(pooled.flatten(1), labels)
        return losses
