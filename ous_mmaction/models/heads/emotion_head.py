from __future__ import annotations

from collections.abc import Sequence

from mmaction.models.heads import TimeSformerHead
from mmaction.registry import MODELS

from ..class_order import ClassOrder


@MODELS.register_module()
class EmotionHead(ClassOrder, TimeSformerHead):
    """mmaction's ``TimeSformerHead``, a linear classifier, with its class order in the checkpoint.

    Args:
        class_names (Sequence[str]): Emotions in the order of the classifier's rows.
        in_channels (int): Width of the clip features.
        average_clips (str): How mmaction averages the views of a clip. Defaults to ``'prob'``.
        kwargs: Arguments of ``TimeSformerHead`` except ``num_classes``.
    """

    def __init__(self, *, class_names: Sequence[str], in_channels: int,
                 average_clips: str = 'prob', **kwargs) -> None:
        super().__init__(num_classes=len(class_names), in_channels=in_channels,
                         average_clips=average_clips, **kwargs)
        self.keep_class_order(class_names)
