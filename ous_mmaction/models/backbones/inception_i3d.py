from __future__ import annotations

import torch
from mmaction.registry import MODELS
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

# Widths of the branches: 1; reduction and 3; reduction and 3; behind the pooling.
MIXED = {
    '3b': (64, 96, 128, 16, 32, 32), '3c': (128, 128, 192, 32, 96, 64),
    '4b': (192, 96, 208, 16, 48, 64), '4c': (160, 112, 224, 24, 64, 64),
    '4d': (128, 128, 256, 24, 64, 64), '4e': (112, 144, 288, 32, 64, 64),
    '4f': (256, 160, 320, 32, 128, 128),
    '5b': (256, 160, 320, 32, 128, 128), '5c': (384, 192, 384, 48, 128, 128)}


def conv(in_channels: int, channels: int, kernel: int, stride: int = 1) -> ConvModule:
    """Convolution, batch norm and ReLU."""
    return ConvModule(in_channels, channels, kernel, stride, kernel // 2, bias=False,
                      conv_cfg=dict(type='Conv3d'), norm_cfg=dict(type='BN3d', eps=1e-3))


class InceptionBlock(nn.Module):
    """Four branches side by side.

    Args:
        in_channels (int): Width of the input.
        widths (tuple[int, ...]): A row of ``MIXED``.
    """

    def __init__(self, in_channels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        one, reduced, three, reduced_too, three_too, pooled = widths
        self.branches = nn.ModuleList([
            conv(in_channels, one, 1),
            nn.Sequential(conv(in_channels, reduced, 1), conv(reduced, three, 3)),
            nn.Sequential(conv(in_channels, reduced_too, 1), conv(reduced_too, three_too, 3)),
            nn.Sequential(nn.MaxPool3d(3, 1, 1), conv(in_channels, pooled, 1))])
        self.channels = one + three + three_too + pooled

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, channels, T, H, W)."""
        return torch.cat([branch(x) for branch in self.branches], 1)


@MODELS.register_module()
class InceptionI3D(BaseModule):
    """I3D as published (Carreira and Zisserman, CVPR 2017): inflated Inception-v1, RGB.

    mmaction's I3D is an inflated ResNet-50, another net: 28 M parameters to 12 M.
    """

    def __init__(self, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        space = dict(kernel_size=(1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1))
        layers = [conv(3, 64, 7, 2), nn.MaxPool3d(**space), conv(64, 64, 1), conv(64, 192, 3),
                  nn.MaxPool3d(**space)]
        width = 192
        for name, widths in MIXED.items():
            if name == '4b':
                layers.append(nn.MaxPool3d(3, 2, 1))
            elif name == '5b':
                layers.append(nn.MaxPool3d(2, 2, ceil_mode=True))
            layers.append(InceptionBlock(width, widths))
            width = layers[-1].channels
        self.layers = nn.Sequential(*layers)
        self.feat_dim = width

    def forward(self, x: Tensor) -> Tensor:
        """Args:
            x: (B, 3, T, H, W) clips.

        Returns:
            (B, 1024, T / 8, H / 32, W / 32), rounded up.
        """
        return self.layers(x)
