from __future__ import annotations

import torch
from torch import Tensor, nn

from ..mlp import build_mlp


class FramesEncoderLayer(nn.Module):
    """Pre-norm self-attention and MLP, each with a residual.

    Args:
        channels (int): D.
        num_heads (int): Number of attention heads.
        act (str): Name of the MLP's activation in mmengine's registry.
    """

    def __init__(self, channels: int, num_heads: int, act: str) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(channels)
        self.attn = nn.MultiheadAttention(channels, num_heads, batch_first=True)
        self.ln_2 = nn.LayerNorm(channels)
        self.mlp = build_mlp(channels, act)

    def forward(self, x: Tensor, padding: Tensor) -> Tensor:
        """Run the layer.

        Args:
            x (Tensor): Features of shape (B, T, D).
            padding (Tensor): Bool of shape (B, T), True where the frame is ignored.

        Returns:
            Tensor: Features of shape (B, T, D).
        """
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, key_padding_mask=padding, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class FramesEncoder(nn.Module):
    """Temporal transformer over the valid frames of the face stream (paper: f_f).

    Args:
        channels (int): D.
        max_frames (int): Number of rows of the learned position table. Defaults to 16.
        num_layers (int): Depth. The paper does not state it. Defaults to 12, as in the released
            code.
        num_heads (int): Number of attention heads. Defaults to 8.
        act (str): Name of the MLPs' activation in mmengine's registry. Defaults to ``QuickGELU``.
        skip (bool): Whether the input is added to the output, as in the released code. Defaults to
            True.
    """

    def __init__(self, *, channels: int, max_frames: int = 16, num_layers: int = 12,
                 num_heads: int = 8, act: str = 'QuickGELU', skip: bool = True) -> None:
        super().__init__()
        self.skip = skip
        self.positions = nn.Embedding(max_frames, channels)
        self.layers = nn.ModuleList(
            FramesEncoderLayer(channels, num_heads, act) for _ in range(num_layers))
        nn.init.normal_(self.positions.weight, std=0.02)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Encode the frames of each clip.

        Args:
            x (Tensor): Frame features of shape (B, T, D).
            mask (Tensor, optional): Bool of shape (B, T), True where the frame holds real data.
                Defaults to all frames.

        Returns:
            Tensor: Features of shape (B, T, D). Rows of padding carry no meaning.

        Raises:
            ValueError: If the clip is longer than the position table.
        """
        frames = x.shape[1]
        if frames > self.positions.num_embeddings:
            raise ValueError(f'The clip has {frames} frames, but the position table has '
                             f'{self.positions.num_embeddings} rows. Raise the key '
                             f'`frames_encoder.max_frames` to {frames}')
        if mask is None:
            mask = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        y = x + self.positions.weight[:frames]
        for layer in self.layers:
            y = layer(y, padding=~mask)
        return y + x if self.skip else y
