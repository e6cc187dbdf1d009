from __future__ import annotations

from mmaction.models.backbones.resnet import BasicBlock, ResNet
from mmaction.registry import MODELS


@MODELS.register_module()
class ResNet16(ResNet):
    """AEN's trunk: mmaction's ResNet with 2, 1, 2 and 2 basic blocks and 512 output channels.

    Args:
        kwargs: Arguments of mmaction's ``ResNet`` except ``depth``.
    """

    arch_settings = {16: (BasicBlock, (2, 1, 2, 2))}

    def __init__(self, **kwargs) -> None:
        super().__init__(depth=16, **kwargs)
