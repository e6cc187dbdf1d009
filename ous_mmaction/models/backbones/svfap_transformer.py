from __future__ import annotations

from collections.abc import Sequence

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..layers.bottleneck_block import BottleneckBlock, SpatialBottleneck
from ..layers.tubelet_embedding import TubeletEmbedding
from ..layers.vit_block import ViTBlock
from ..layers.vit_setup import VIT_INIT, drop_path_rates


@MODELS.register_module()
class SVFAPTransformer(BaseModule):
    """Backbone of SVFAP: a temporal pyramid whose upper stages work on spatial summaries.

    *SVFAP: Self-supervised Video Facial Affect Perceiver* (Sun et al., IEEE TAFFC 2024), as its
    authors' code fine-tunes it. The first stage is a plain video transformer. Each further stage
    halves the time axis and summarizes every time step by a few tokens. Its blocks work on these,
    with all tokens as their context. In its last block, all tokens read the summary.

    Args:
        channels (int): C, width of the tokens. Defaults to 512.
        depths (Sequence[int]): Number of blocks of each stage. Defaults to (12, 6, 3).
        num_heads (int): Number of attention heads. Defaults to 8.
        bottleneck_tokens (int): Number of summary tokens per time step. Defaults to 8.
        drop_path_rate (float): Drop-path of the last block. It rises linearly from 0. Defaults
            to 0.
        init_cfg (dict | list[dict], optional): Initialization config of MMEngine's ``BaseModule``.
            Defaults to VideoMAE's.
        kwargs: Further arguments of :class:`TubeletEmbedding`.

    Raises:
        ValueError: If the time axis cannot be halved for every stage but the first.
    """

    def __init__(self, *, channels: int = 512, depths: Sequence[int] = (12, 6, 3),
                 num_heads: int = 8, bottleneck_tokens: int = 8, drop_path_rate: float = 0.0,
                 init_cfg: dict | list | None = None, **kwargs) -> None:
        super().__init__(init_cfg=init_cfg or VIT_INIT)
        self.depths = tuple(depths)
        self.patch_embed = TubeletEmbedding(channels, **kwargs)
        steps, halvings = self.patch_embed.grid[0], len(depths) - 1
        if steps % 2 ** halvings:
            raise ValueError(f'The key `SVFAPTransformer.depths` has {len(depths)} stages, each of '
                             'which but the first halves the time axis, but the tubelets have '
                             f'{steps} time steps. Set `num_frames` to a multiple of '
                             f'{2 * 2 ** halvings}')
        self.blocks = nn.ModuleList(
            (ViTBlock if index < depths[0] else BottleneckBlock)(
                channels, num_heads, 'query_value', drop_path)
            for index, drop_path in enumerate(drop_path_rates(drop_path_rate, sum(depths))))
        self.halve = nn.ModuleList(nn.Conv1d(channels, channels, 2, stride=2)
                                   for _ in range(halvings))
        self.bottlenecks = nn.ModuleList(SpatialBottleneck(channels, bottleneck_tokens)
                                         for _ in range(halvings))
        self.fc_norm = nn.LayerNorm(channels, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        """Encode clips.

        Args:
            x (Tensor): Frames of shape (B, 3, T, S, S).

        Returns:
            Tensor: Features of shape (B, C).
        """
        x = self.patch_embed(x)
        blocks = iter(self.blocks)
        for _ in range(self.depths[0]):
            x = next(blocks)(x)
        x = x.unflatten(1, (self.patch_embed.grid[0], -1))
        for depth, halve, bottleneck in zip(self.depths[1:], self.halve, self.bottlenecks):
            x = halve_time(x, halve)
            summary, places = bottleneck(x).flatten(1, 2), x.flatten(1, 2)
            for _ in range(depth - 1):
                summary = next(blocks)(summary, places)
            x = next(blocks)(places, summary).view_as(x)
        return self.fc_norm(x.mean((1, 2)))


def halve_time(x: Tensor, conv: nn.Conv1d) -> Tensor:
    """Convolve tokens over time at each place, (B, t, P, C) -> (B, t / 2, P, C)."""
    y = conv(x.permute(0, 2, 3, 1).flatten(0, 1))
    return y.unflatten(0, (x.shape[0], -1)).permute(0, 3, 1, 2)
