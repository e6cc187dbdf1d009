from __future__ import annotations

import torch
from mmcv.cnn.bricks import DropPath
from torch import Tensor, nn

from .attention import Attention
from .mlp import build_mlp


class LocalGlobalBlock(nn.Module):
    """Block of LGI-Former, in which regions of a clip exchange what one token of each tells.

    1. The tokens of a region, its region token included, attend to each other.
    2. The region tokens attend to each other.
    3. The other tokens attend to the updated region tokens, all of which they read.
    4. All tokens pass the same MLP.

    Each step has a norm before it and a residual around it.

    Args:
        channels (int): C, width of the tokens. The MLP is four times as wide.
        num_heads (int): Number of heads.
        drop_path (float): Share of the samples of a training batch that skip a branch. Defaults
            to 0.
    """

    def __init__(self, channels: int, num_heads: int, drop_path: float = 0.0) -> None:
        super().__init__()
        self.region_norm, self.exchange_norm, self.query_norm, self.key_norm, self.mlp_norm = (
            nn.LayerNorm(channels, eps=1e-6) for _ in range(5))
        self.region_attn, self.exchange_attn, self.read_attn = (
            Attention(channels, num_heads, 'query_value') for _ in range(3))
        self.mlp = build_mlp(channels, 'GELU')
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """Run the block.

        Args:
            x (Tensor): Tokens of shape (B, R, 1 + N, C): in each of R regions, the region token
                and N others.

        Returns:
            Tensor: Tokens of shape (B, R, 1 + N, C).
        """
        clips, num_regions = x.shape[:2]
        y = self.region_norm(x).flatten(0, 1)
        x = x + self.drop_path(self.region_attn(y).unflatten(0, (clips, num_regions)))
        regions, local = x[:, :, 0], x[:, :, 1:]
        regions = regions + self.drop_path(self.exchange_attn(self.exchange_norm(regions)))
        queries = self.query_norm(local).flatten(1, 2)
        read = self.read_attn(queries, self.key_norm(regions)).unflatten(1, local.shape[1:3])
        x = torch.cat([regions[:, :, None], local + self.drop_path(read)], 2)
        return x + self.drop_path(self.mlp(self.mlp_norm(x)))
