from __future__ import annotations

from torch import Tensor, nn

from .attention import Attention


class GatedTemporalAdapter(nn.Module):
    """FRU-Adapter's adapter: narrow tokens, weighted by frame, that attend over time.

    Args:
        channels (int): C, width of the tokens.
        inner_channels (int): Width inside.
        num_frames (int): T.
    """

    def __init__(self, channels: int, inner_channels: int, num_frames: int) -> None:
        super().__init__()
        self.down = nn.Linear(channels, inner_channels)
        self.norm = nn.LayerNorm(inner_channels)
        self.gate = nn.Linear(num_frames, num_frames)
        self.attn_norm = nn.LayerNorm(inner_channels)
        self.attn = Attention(inner_channels, num_heads=1)
        self.up = nn.Linear(inner_channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Run the adapter, without a residual around it.

        Args:
            x (Tensor): Tokens of shape (B * T, N, C).

        Returns:
            Tensor: Tokens of shape (B * T, N, C).
        """
        frames = self.gate.in_features
        y = self.norm(self.down(x)).unflatten(0, (-1, frames))
        y = y * self.gate(y.mean((2, 3))).softmax(1)[:, :, None, None]
        y = y.transpose(1, 2)  # (B, N, T, inner)
        attended = self.attn(self.attn_norm(y).flatten(0, 1)).view_as(y)
        return self.up((y + attended).transpose(1, 2).flatten(0, 1))
