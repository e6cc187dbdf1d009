from __future__ import annotations

import torch
from torch import Tensor, nn

from ..mlp import build_mlp


class FramesEncoderLayer(nn.Module):
    """Pre-norm self-attention and MLP, each with a residual."""

    def __init__(self, channels: int, num_heads: int, act: str) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(channels)
        self.attn = nn.MultiheadAttention(channels, num_heads, batch_first=True)
        self.ln_2 = nn.LayerNorm(channels)
        self.mlp = build_mlp(channels, act)

    def forward(self, x: Tensor, padding: Tensor) -> Tensor:
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, key_padding_mask=padding, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class FramesEncoder(nn.Module):
    """Temporal transformer over the valid frames of the face stream (paper: f_f).

    Args:
        channels: D.
        max_frames: Rows of the learned position table.
        num_layers: Depth; the paper does not state it, the released code has 12.
        num_heads: Attention heads.
        act: Activation of the MLPs, a name in mmengine's registry.
        skip: Add the input to the output (the released code).
    """

    def __init__(self, channels: int, max_frames: int = 16, num_layers: int = 12,
                 num_heads: int = 8, act: str = 'QuickGELU', skip: bool = True) -> None:
        super().__init__()
        self.skip = skip
        self.positions = nn.Embedding(max_frames, channels)
        self.layers = nn.ModuleList(
            FramesEncoderLayer(channels, num_heads, act) for _ in range(num_layers))
        nn.init.normal_(self.positions.weight, std=0.02)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Args:
            x: (B, T, D) frame features.
            mask: (B, T) bool, True where the frame holds real data.

        Returns:
            (B, T, D); rows of padding carry no meaning.
        """
        frames = x.shape[1]
        if frames > self.positions.num_embeddings:
            raise ValueError(f'a clip of {frames} frames meets a position table of '
                             f'{self.positions.num_embeddings}: raise the key '
                             '`frames_encoder.max_frames`')
        if mask is None:
            mask = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        y = x + self.positions.weight[:frames]
        for layer in self.layers:
            y = layer(y, padding=~mask)
        return y + x if self.skip else y
