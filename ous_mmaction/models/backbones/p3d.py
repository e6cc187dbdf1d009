from __future__ import annotations

import torch.nn.functional as F
from mmaction.registry import MODELS
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn


def conv(in_channels: int, channels: int, kernel: tuple[int, int, int], stride: int = 1,
         act: bool = True) -> ConvModule:
    """Build a 3D convolution with batch norm and, with ``act``, ReLU; the stride is spatial."""
    return ConvModule(in_channels, channels, kernel, (1, stride, stride),
                      tuple(size // 2 for size in kernel), bias=False,
                      conv_cfg=dict(type='Conv3d'), norm_cfg=dict(type='BN3d'),
                      act_cfg=dict(type='ReLU') if act else None)


class P3DBlock(nn.Module):
    """Bottleneck whose middle combines a spatial convolution S and a temporal convolution T.

    Args:
        in_channels (int): Width of the input.
        channels (int): Inner width. The output is four times as wide.
        kind (str, optional): ``A`` for T(S(x)), ``B`` for S(x) + T(x), ``C`` for
            S(x) + T(S(x)), None for S(x).
        stride (int): Spatial stride. Defaults to 1.
    """

    def __init__(self, *, in_channels: int, channels: int, kind: str | None,
                 stride: int = 1) -> None:
        super().__init__()
        self.kind = kind
        self.reduce = conv(in_channels, channels, (1, 1, 1), stride)
        self.spatial = conv(channels, channels, (1, 3, 3))
        self.temporal = kind and conv(channels, channels, (3, 1, 1))
        self.expand = conv(channels, 4 * channels, (1, 1, 1), act=False)
        self.shortcut = (nn.Identity() if stride == 1 and in_channels == 4 * channels else
                         conv(in_channels, 4 * channels, (1, 1, 1), stride, act=False))
        # Each block starts as its shortcut. Otherwise the loss of 16 untrained blocks explodes.
        nn.init.zeros_(self.expand.bn.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Run the block.

        Args:
            x (Tensor): Features of shape (B, in_channels, T, H, W).

        Returns:
            Tensor: Features of shape (B, 4 channels, T, H / stride, W / stride).
        """
        y = self.reduce(x)
        spatial = self.spatial(y)
        if self.kind == 'A':
            middle = self.temporal(spatial)
        elif self.kind == 'B':
            middle = spatial + self.temporal(y)
        elif self.kind == 'C':
            middle = spatial + self.temporal(spatial)
        else:
            middle = spatial
        return F.relu(self.expand(middle) + self.shortcut(x))


@MODELS.register_module()
class P3D(BaseModule):
    """Pseudo-3D ResNet (Qiu et al., ICCV 2017). With the depth of ResNet-50 it is P3D-63.

    The blocks A, B and C alternate in the first three stages. A maximum halves time after the stem
    and after each of these stages, so that 16 frames leave one time step for the last stage, whose
    blocks are 2D.

    Args:
        stage_blocks (tuple[int, ...]): Number of blocks of each of the four stages. Defaults to
            (3, 4, 6, 3), P3D-63.
        base_channels (int): Width of the stem. Defaults to 64.
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.
    """

    def __init__(self, stage_blocks: tuple[int, ...] = (3, 4, 6, 3), base_channels: int = 64,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.stem = nn.Sequential(conv(3, base_channels, (1, 7, 7), 2),
                                  nn.MaxPool3d((2, 3, 3), stride=2, padding=(0, 1, 1)))
        self.halve_time = nn.MaxPool3d((2, 1, 1), stride=(2, 1, 1))
        self.stages = nn.ModuleList()
        width, index = base_channels, 0
        for stage, blocks in enumerate(stage_blocks):
            channels = base_channels * 2 ** stage
            layers = []
            for block in range(blocks):
                kind = None if stage == 3 else 'ABC'[index % 3]
                layers.append(P3DBlock(in_channels=width, channels=channels, kind=kind,
                                       stride=2 if stage and not block else 1))
                width, index = 4 * channels, index + 1
            self.stages.append(nn.Sequential(*layers))
        self.feat_dim = width

    def forward(self, x: Tensor) -> Tensor:
        """Encode clips.

        Args:
            x (Tensor): Clips of shape (B, 3, T, H, W), T a multiple of 16.

        Returns:
            Tensor: Features of shape (B, 32 base_channels, T / 16, H / 32, W / 32).
        """
        x = self.stem(x)
        for stage in self.stages[:3]:
            x = self.halve_time(stage(x))
        return self.stages[3](x)
