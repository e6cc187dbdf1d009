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
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.
    """

    map_channels = (1, 4, 16)

    def __init__(self, *, in_channels: Sequence[int] = (64, 128, 256, 512),
                 level_channels: int = 784, transformer: dict = dict(),
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.level_channels = level_channels
        self.convs = nn.ModuleList(nn.Conv2d(channels, out, 1)
                                   for channels, out in zip(in_channels, self.map_channels))
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
            LevelFeatures: Frames and tokens of the four levels.

        Raises:
            ValueError: If the frames do not have the size that ``level_channels`` implies.
        """
        vectors = [conv(maps).flatten(1) for conv, maps in zip(self.convs, stages)]
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
