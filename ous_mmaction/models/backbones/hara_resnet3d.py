from __future__ import annotations

from mmaction.models.backbones import ResNet3d
from mmaction.registry import MODELS
from torch import nn


@MODELS.register_module()
class HaraResNet3d(ResNet3d):
    """3D ResNet in the layout of Hara et al. (CVPR 2018): the "3D ResNet" in DFER's tables.

    The stem is a 7 x 7 x 7 convolution that halves space and a 3 x 3 x 3 maximum that halves space
    and time. With 18 layers and 16 frames of 112 px, it costs a fifth of torchvision's ``r3d_18``.
    The stem of mmaction takes no maximum over time.

    Args:
        depth (int): 18, 34, 50, 101 or 152. Defaults to 18.
        kwargs: Further arguments of mmaction's ``ResNet3d``.
    """

    def __init__(self, depth: int = 18, **kwargs) -> None:
        super().__init__(depth, **{**dict(conv1_kernel=(7, 7, 7), temporal_strides=(1, 2, 2, 2),
                                          with_pool2=False, inflate_style='3x3x3',
                                          zero_init_residual=False), **kwargs})

    def _make_stem_layer(self) -> None:
        super()._make_stem_layer()
        self.maxpool = nn.MaxPool3d(3, stride=2, padding=1)
