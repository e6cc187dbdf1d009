from __future__ import annotations

from collections.abc import Sequence

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..layers.temporal_transformer import TemporalTransformer
from ..structures import LevelFeatures


@MODELS.register_module()
class AENNeck(BaseModule):
    """Upper part of AEN's bottom-up branch: four levels per frame, each with its own transformer.

    A 1x1 convolution reduces the maps of each of the first three stages to 1, 4 and 16 channels, so
    that all three flatten to vectors of one width, (S / 4)^2 for frames of S pixels. The last stage
    is averaged over space. The transformer of a level runs over time.

    Args:
        in_channels (Sequence[int]): Number of channels of each of the trunk's four stages.
            Defaults to (64, 128, 256, 512).
        level_channels (int): Width of the first three levels. Defaults to 784, for frames of 112
            pixels.
        transformer (dict): Arguments of :class:`TemporalTransformer`. Every level has its own.
        levels (Sequence[int]): Which of the first three levels there are. The released code uses
            levels 1 and 3 only. Defaults to (1, 2, 3).
        conv_layers (int): Number of convolutions in a row, without activation. The released code
            has two, the first of which keeps the width. Defaults to 1.
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.
    """

    map_channels = {1: 1, 2: 4, 3: 16}

    def __init__(self, *, in_channels: Sequence[int] = (64, 128, 256, 512),
                 level_channels: int = 784, transformer: dict = dict(),
                 levels: Sequence[int] = (1, 2, 3), conv_layers: int = 1,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.level_channels = level_channels
        self.levels = tuple(levels)
        self.convs = nn.ModuleList(
            _reduce(in_channels[level - 1], self.map_channels[level], conv_layers)
            for level in self.levels)
        self.transformers = nn.ModuleList(
            TemporalTransformer(channels=channels, **transformer)
            for channels in [level_channels] * len(self.convs) + [in_channels[-1]])

    def forward(self, stages: Sequence[Tensor], mask: Tensor) -> LevelFeatures:
        """Encode the levels of each clip.

        Args:
            stages (Sequence[Tensor]): Four maps of shape (N, C, H, W) of the N valid frames, clip
                by clip.
            mask (Tensor): Bool of shape (B, T), True where the frame holds real data. N are True.

        Returns:
            LevelFeatures: Frames and tokens of the levels, the lowest first.

        Raises:
            ValueError: If the frames do not have the size that ``level_channels`` implies.
        """
        vectors = [conv(stages[level - 1]).flatten(1)
                   for conv, level in zip(self.convs, self.levels)]
        for vector in vectors:
            if vector.shape[1] != self.level_channels:
                height, width = stages[0].shape[-2:]
                raise ValueError(
                    f'The neck expects level vectors of {self.level_channels} channels, but gets '
                    f'{vector.shape[1]}. Use square frames whose side is a multiple of 16, and '
                    f'set the key `level_channels` of neck and head to {height * width}')
        vectors.append(stages[-1].flatten(2).mean(2))
        frames = []
        for vector in vectors:
            level = vector.new_zeros(*mask.shape, vector.shape[1])
            level[mask] = vector
            frames.append(level)
        tokens = [transformer(level, mask)
                  for transformer, level in zip(self.transformers, frames)]
        return LevelFeatures(tuple(frames), tuple(tokens), mask)


def _reduce(channels: int, out_channels: int, layers: int) -> nn.Module:
    """Build 1x1 convolutions in a row, of which the last one changes the width."""
    last = nn.Conv2d(channels, out_channels, 1)
    if layers == 1:
        return last
    return nn.Sequential(*(nn.Conv2d(channels, channels, 1) for _ in range(layers - 1)), last)
