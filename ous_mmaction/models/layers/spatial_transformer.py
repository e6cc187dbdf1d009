from __future__ import annotations

import torch
from torch import Tensor, nn

from .temporal_transformer import TemporalTransformerLayer


class SpatialTransformer(nn.Module):
    """Pre-norm layers over the places of a feature map (Former-DFER's spatial transformer).

    Args:
        channels (int): C, width of the map.
        map_size (int): Height and width of the map.
        depth (int): Number of layers N. The published weights have 1, the paper's tables 3.
            Defaults to 1.
        num_heads (int): Number of attention heads. Defaults to 8.
        head_channels (int): Width of a head. Defaults to 32.
        mlp_channels (int): Inner width of the MLPs. Defaults to 512.
    """

    def __init__(self, *, channels: int, map_size: int, depth: int = 1, num_heads: int = 8,
                 head_channels: int = 32, mlp_channels: int = 512) -> None:
        super().__init__()
        self.positions = nn.Parameter(torch.randn(map_size ** 2, channels))
        self.layers = nn.ModuleList(
            TemporalTransformerLayer(channels=channels, num_heads=num_heads, gelu='tanh',
                                     head_channels=head_channels, mlp_channels=mlp_channels)
            for _ in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        """Let the places of each map attend to each other.

        Args:
            x (Tensor): Maps of shape (N, C, H, W).

        Returns:
            Tensor: Maps of the same shape.

        Raises:
            ValueError: If the map has another size.
        """
        tokens = x.flatten(2).transpose(1, 2)  # row by row
        if tokens.shape[1] != len(self.positions):
            raise ValueError(f'The map has {x.shape[2]}x{x.shape[3]} places, but the position '
                             f'table has {len(self.positions)} rows. Set the key '
                             '`spatial.map_size` to the side of the map')
        tokens = tokens + self.positions
        for layer in self.layers:
            tokens = layer(tokens)
        return tokens.transpose(1, 2).reshape(x.shape)
