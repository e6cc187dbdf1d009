from __future__ import annotations

from collections.abc import Sequence

from mmaction.models.heads import TSNHead
from mmaction.registry import MODELS

from ..class_order import ClassOrder


@MODELS.register_module()
class FER2DHead(ClassOrder, TSNHead):
    """mmaction's ``TSNHead`` for still faces, with its class order in the checkpoint.

    Args:
        class_names (Sequence[str]): Emotions in the dataset's class order.
        in_channels (int): Number of channels of the trunk's last map.
        kwargs: Arguments of ``TSNHead`` except ``num_classes``.
    """

    def __init__(self, *, class_names: Sequence[str], in_channels: int, **kwargs) -> None:
        super().__init__(num_classes=len(class_names), in_channels=in_channels, **kwargs)
        self.keep_class_order(class_names)
