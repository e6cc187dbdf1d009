from __future__ import annotations

import torch
from mmaction.models.backbones.vit_mae import get_sinusoid_encoding
from torch import Tensor, nn


class TubeletEmbedding(nn.Module):
    """VideoMAE's tokens: one per tubelet of a clip, with fixed sinusoidal positions.

    The positions run over the flattened grid of tubelets: time, rows, columns.

    Args:
        channels (int): C, width of the tokens.
        num_frames (int): T, a multiple of the tubelet's length. Defaults to 16.
        image_size (int): S, a multiple of the tubelet's side. Defaults to 160.
        patch_size (int): Side of a tubelet in pixels. Defaults to 16.
        tubelet_size (int): Length of a tubelet in frames. Defaults to 2.

    Attributes:
        grid (tuple[int, int, int]): Number of tubelets (t, h, w) along time, rows and columns.
    """

    def __init__(self, channels: int, *, num_frames: int = 16, image_size: int = 160,
                 patch_size: int = 16, tubelet_size: int = 2) -> None:
        super().__init__()
        side = image_size // patch_size
        self.grid = num_frames // tubelet_size, side, side
        self.clip_size = num_frames, image_size, image_size
        kernel = tubelet_size, patch_size, patch_size
        self.proj = nn.Conv3d(3, channels, kernel, stride=kernel)
        positions = get_sinusoid_encoding(self.grid[0] * side ** 2, channels)[0]
        # Not saved in checkpoints, because it is a constant.
        self.register_buffer('positions', positions, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Embed clips.

        Args:
            x (Tensor): Frames of shape (B, 3, T, S, S).

        Returns:
            Tensor: Tokens of shape (B, t * h * w, C).

        Raises:
            ValueError: If the clips have another size than the configured one.
        """
        if x.shape[2:] != self.clip_size:
            raise ValueError(f'The backbone is built for clips of {_size(self.clip_size)}, but got '
                             f'{_size(x.shape[2:])}. Set its keys `num_frames` and `image_size` '
                             'and the test pipeline to the same size')
        return self.proj(x).flatten(2).transpose(1, 2) + self.positions


def _size(shape: torch.Size | tuple[int, int, int]) -> str:
    return '{} frames of {}x{} pixels'.format(*shape)
