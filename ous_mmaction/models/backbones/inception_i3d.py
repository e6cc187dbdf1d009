from __future__ import annotations

import torch
from mmaction.registry import MODELS
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

# Widths of the four branches: 1 x 1; reduction and 3 x 3; reduction and 3 x 3; after the pooling.
MIXED = {
    '3b': (64, 96, 128, 16, 32, 32), '3c': (128, 128, 192, 32, 96, 64),
    '4b': (192, 96, 208, 16, 48, 64), '4c': (160, 112, 224, 24, 64, 64),
    '4d': (128, 128, 256, 24, 64, 64), '4e': (112, 144, 288, 32, 64, 64),
    '4f': (256, 160, 320, 32, 128, 128),
    '5b': (256, 160, 320, 32, 128, 128), '5c': (384, 192, 384, 48, 128, 128)}


def conv(in_channels: int, channels: int, kernel: int, stride: int = 1) -> ConvModule:
    """Build a 3D convolution with batch norm and ReLU."""
    return ConvModule(in_channels, channels, kernel, stride, kernel // 2, bias=False,
                      conv_cfg=dict(type='Conv3d'), norm_cfg=dict(type='BN3d', eps=1e-3))


class InceptionBlock(nn.Module):
    """Four parallel branches, concatenated.

    Args:
        in_channels (int): Width of the input.
        widths (tuple[int, ...]): A row of ``MIXED``.

    Attributes:
        channels (int): Width of the output.
    """

    def __init__(self, in_channels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        single, reduced_1, output_1, reduced_2, output_2, pooled = widths
        self.branches = nn.ModuleList([
            conv(in_channels, single, 1),
            nn.Sequential(conv(in_channels, reduced_1, 1), conv(reduced_1, output_1, 3)),
            nn.Sequential(conv(in_channels, reduced_2, 1), conv(reduced_2, output_2, 3)),
            nn.Sequential(nn.MaxPool3d(3, 1, 1), conv(in_channels, pooled, 1))])
        self.channels = single + output_1 + output_2 + pooled

    def forward(self, x: Tensor) -> Tensor:
        """Run the branches.

        Args:
            x (Tensor): Features of shape (B, C, T, H, W).

        Returns:
            Tensor: Features of shape (B, channels, T, H, W).
        """
        return torch.cat([branch(x) for branch in self.branches], 1)


@MODELS.register_module()
class InceptionI3D(BaseModule):
    """I3D on RGB as published (Carreira and Zisserman, CVPR 2017): an inflated Inception-v1.

    mmaction's I3D is a different network, an inflated ResNet-50: 28 M parameters instead of 12 M.

    Args:
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.
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
        """Encode clips.

        Args:
            x (Tensor): Clips of shape (B, 3, T, H, W).

        Returns:
            Tensor: Features of shape (B, 1024, T / 8, H / 32, W / 32), rounded up.
        """
        return self.layers(x)
