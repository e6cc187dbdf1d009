from __future__ import annotations

from collections.abc import Sequence

from mmcv.cnn import ConvModule
from torch import Tensor, nn


def _conv(in_channels: int, channels: int, kernel_size: int = 1, stride: int = 1,
          groups: int = 1, act: bool = True) -> ConvModule:
    return ConvModule(
        in_channels, channels, kernel_size, stride, kernel_size // 2, groups=groups,
        norm_cfg=dict(type='BN'),
        act_cfg=dict(type='PReLU', num_parameters=channels) if act else None, inplace=False)


class Bottleneck(nn.Module):
    """MobileFaceNet's inverted bottleneck: widen, filter each channel, project.

    Args:
        in_channels (int): Width of the input.
        width (int): Inner width.
        channels (int): Width of the output.
        stride (int): Stride of the filter. With a stride of 1, the input is added. Defaults to 1.
    """

    def __init__(self, in_channels: int, width: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.residual = stride == 1
        self.conv = _conv(in_channels, width)
        self.conv_dw = _conv(width, width, 3, stride, groups=width)
        self.project = _conv(width, channels, act=False)

    def forward(self, x: Tensor) -> Tensor:
        """Run the layers on maps of shape (B, C, H, W)."""
        y = self.project(self.conv_dw(self.conv(x)))
        return x + y if self.residual else y


class LandmarkNet(nn.Module):
    """The part of S2D's frozen facial landmark net (MobileFaceNet) whose maps S2D reads.

    Args:
        channels (int): Width of the first maps; the last ones are twice as wide. Defaults to 64.
        depths (Sequence[int]): Number of residual bottlenecks at 1/4 and 1/8 of the input's side.
            Defaults to (4, 6).
    """

    def __init__(self, channels: int = 64, depths: Sequence[int] = (4, 6)) -> None:
        super().__init__()
        c = channels
        self.out_channels = 2 * c
        self.conv1 = _conv(3, c, 3, stride=2)
        self.conv2_dw = _conv(c, c, 3, groups=c)
        self.conv_23 = Bottleneck(c, 2 * c, c, stride=2)
        self.conv_3 = nn.Sequential(*(Bottleneck(c, 2 * c, c) for _ in range(depths[0])))
        self.conv_34 = Bottleneck(c, 4 * c, 2 * c, stride=2)
        self.conv_4 = nn.Sequential(*(Bottleneck(2 * c, 4 * c, 2 * c) for _ in range(depths[1])))

    def forward(self, x: Tensor) -> Tensor:
        """Encode frames.

        Args:
            x (Tensor): Frames of shape (B, 3, S, S), S a multiple of 8.

        Returns:
            Tensor: Maps of shape (B, 2 C, S / 8, S / 8).
        """
        x = self.conv_23(self.conv2_dw(self.conv1(x)))
        return self.conv_4(self.conv_34(self.conv_3(x)))
