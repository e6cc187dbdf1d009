from __future__ import annotations

from collections.abc import Sequence

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn
from torchvision.models.vgg import cfgs, make_layers

from ...checks import one_of

LAYOUTS = {11: 'A', 13: 'B', 16: 'D', 19: 'E'}


@MODELS.register_module()
class VGG(BaseModule):
    """VGG up to a fully connected layer before its classifier, for mmaction's 2D recognizers.

    Args:
        depth (int): 11, 13, 16 or 19.
        fc_channels (Sequence[int]): Widths of the fully connected layers. Defaults to
            (4096, 4096), as in VGG.
        pool_size (int): Side of the map that the fully connected layers read. The last map is
            pooled, or repeated, to this size. Defaults to 7.
        base_channels (int): Width of the first convolution. The others keep VGG's ratios to it.
            Defaults to 64.
        batch_norm (bool): Whether every convolution is followed by a batch norm. Defaults to
            False.
        dropout_ratio (float): Dropout between the fully connected layers. Defaults to 0.5.
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``. Defaults to
            Kaiming for convolutions and a normal distribution for linear layers.

    Raises:
        ValueError: If the depth is unknown.
    """

    def __init__(self, *, depth: int, fc_channels: Sequence[int] = (4096, 4096),
                 pool_size: int = 7, base_channels: int = 64, batch_norm: bool = False,
                 dropout_ratio: float = 0.5, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg or [
            dict(type='Kaiming', layer='Conv2d'),
            dict(type='Normal', layer='Linear', std=0.01)])
        one_of('VGG.depth', depth, tuple(LAYOUTS))
        layout = [layer if layer == 'M' else layer * base_channels // 64
                  for layer in cfgs[LAYOUTS[depth]]]
        self.features = make_layers(layout, batch_norm=batch_norm)
        self.pool = nn.AdaptiveAvgPool2d(pool_size)
        widths = [8 * base_channels * pool_size ** 2, *fc_channels]
        layers = []
        for width, channels in zip(widths, widths[1:]):
            layers += [nn.Dropout(dropout_ratio), nn.Linear(width, channels),
                       nn.ReLU(inplace=True)]
        self.fc = nn.Sequential(*layers[1:])  # no dropout before the first layer

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Encode frames.

        Args:
            x (Tensor): Frames of shape (N, 3, H, W).

        Returns:
            tuple[Tensor]: Feature maps of one pixel, of shape (N, C, 1, 1). ``Recognizer2D`` passes
            only tuples on to a neck.
        """
        return (self.fc(self.pool(self.features(x)).flatten(1))[..., None, None],)
