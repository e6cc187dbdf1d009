from __future__ import annotations

from collections.abc import Sequence

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..layers.local_global_block import LocalGlobalBlock
from ..layers.tubelet_embedding import TubeletEmbedding
from ..layers.vit_setup import VIT_INIT, drop_path_rates


@MODELS.register_module()
class LGIFormer(BaseModule):
    """Backbone of MAE-DFER: a transformer whose regions interact through one token each.

    *MAE-DFER: Efficient Masked Autoencoder for Self-supervised Dynamic Facial Expression
    Recognition* (Sun et al., ACM MM 2023), as its authors' code fine-tunes it.

    Args:
        channels (int): C, width of the tokens. Defaults to 512.
        depth (int): Number of blocks. Defaults to 16.
        num_heads (int): Number of attention heads. Defaults to 8.
        regions (Sequence[int]): Number of regions along time, rows and columns, divisors of the
            number of tubelets. Defaults to (4, 2, 1).
        drop_path_rate (float): Drop-path of the last block. It rises linearly from 0. Defaults
            to 0.
        init_cfg (dict | list[dict], optional): Initialization config of MMEngine's ``BaseModule``.
            Defaults to VideoMAE's.
        kwargs: Further arguments of :class:`TubeletEmbedding`.

    Raises:
        ValueError: If the regions do not divide the grid of tubelets.
    """

    def __init__(self, *, channels: int = 512, depth: int = 16, num_heads: int = 8,
                 regions: Sequence[int] = (4, 2, 1), drop_path_rate: float = 0.0,
                 init_cfg: dict | list | None = None, **kwargs) -> None:
        super().__init__(init_cfg=init_cfg or VIT_INIT)
        self.patch_embed = TubeletEmbedding(channels, **kwargs)
        self.regions = tuple(regions)
        if any(tubelets % parts for tubelets, parts in zip(self.patch_embed.grid, regions)):
            raise ValueError(f'The key `LGIFormer.regions` is {self.regions}, but it must divide '
                             f'the grid of tubelets, which is {self.patch_embed.grid}')
        num_regions = regions[0] * regions[1] * regions[2]
        self.region_tokens = nn.Parameter(torch.empty(num_regions, channels))
        nn.init.trunc_normal_(self.region_tokens, std=0.02)
        self.blocks = nn.ModuleList(
            LocalGlobalBlock(channels, num_heads, drop_path)
            for drop_path in drop_path_rates(drop_path_rate, depth))
        self.fc_norm = nn.LayerNorm(channels, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        """Encode clips.

        Args:
            x (Tensor): Frames of shape (B, 3, T, S, S).

        Returns:
            Tensor: Features of shape (B, C).
        """
        x = split_regions(self.patch_embed(x), self.patch_embed.grid, self.regions)
        tokens = self.region_tokens[:, None].expand(x.shape[0], -1, -1, -1)
        x = torch.cat([tokens, x], 2)
        for block in self.blocks:
            x = block(x)
        return self.fc_norm(x[:, :, 0].mean(1))


def split_regions(x: Tensor, grid: Sequence[int], regions: Sequence[int]) -> Tensor:
    """Group the tokens of a clip by region.

    Args:
        x (Tensor): Tokens of shape (B, t * h * w, C), in the order time, rows, columns.
        grid (Sequence[int]): (t, h, w).
        regions (Sequence[int]): Number of regions along time, rows and columns.

    Returns:
        Tensor: Tokens of shape (B, R, N, C), the regions and the tokens of a region in the same
        order.

    Examples:
        >>> x = torch.arange(8).view(1, 8, 1)
        >>> split_regions(x, grid=(2, 2, 2), regions=(1, 2, 1))[0, :, :, 0].tolist()
        [[0, 1, 4, 5], [2, 3, 6, 7]]
    """
    (t, h, w), (a, b, c) = grid, regions
    x = x.unflatten(1, (a, t // a, b, h // b, c, w // c))
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(4, 6).flatten(1, 3)
