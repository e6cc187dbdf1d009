from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attention import Attention


class TemporalAdapter(nn.Module):
    """S2D's adapter: attention among the frames at each place, then an MLP, both narrow.

    Args:
        channels (int): C, width of the tokens. The inner width is a quarter of it.
        num_heads (int): Number of heads of the attention.
    """

    def __init__(self, channels: int, num_heads: int) -> None:
        super().__init__()
        inner = channels // 4
        self.time_down = nn.Linear(channels, inner)
        self.attn = Attention(inner, num_heads, 'none')
        self.time_up = nn.Linear(inner, channels)
        self.norm = nn.LayerNorm(channels)
        self.space_down = nn.Linear(channels, inner)
        self.space_up = nn.Linear(inner, channels)

    def forward(self, x: Tensor, frames: int) -> Tensor:
        """Run the adapter, without a residual.

        Args:
            x (Tensor): Tokens of shape (B * T, N, C).
            frames (int): T.

        Returns:
            Tensor: Tokens of shape (B * T, N, C).
        """
        clips = x.shape[0] // frames
        y = x.unflatten(0, (clips, frames)).transpose(1, 2).flatten(0, 1)
        y = self.time_up(self.attn(F.gelu(self.time_down(y))))
        y = y.unflatten(0, (clips, -1)).transpose(1, 2).flatten(0, 1)
        return self.space_up(F.gelu(self.space_down(self.norm(y))))


class LandmarkPrompt(nn.Module):
    """S2D's step before a block: landmark tokens meet image tokens, beside a temporal adapter.

    The image tokens are weighted by a softmax over the places of a frame, per channel, whose
    sharpness is learned.

    Args:
        channels (int): C, width of the tokens.
        num_heads (int): Number of heads of the adapter.
        prompt_channels (int): Width in which image and landmarks are added. Defaults to 8.
    """

    def __init__(self, channels: int, num_heads: int, prompt_channels: int = 8) -> None:
        super().__init__()
        self.image_down = nn.Linear(channels, prompt_channels)
        self.landmark_down = nn.Linear(channels, prompt_channels)
        self.up = nn.Linear(prompt_channels, channels)
        self.sharpness = nn.Parameter(torch.full((1,), 10.0))
        self.adapter = TemporalAdapter(channels, num_heads)

    def forward(self, image: Tensor, landmarks: Tensor, frames: int) -> tuple[Tensor, Tensor]:
        """Run the step.

        Args:
            image (Tensor): Normed image tokens of shape (B * T, N, C).
            landmarks (Tensor): Normed landmark tokens of shape (B * T, N, C).
            frames (int): T.

        Returns:
            tuple[Tensor, Tensor]: New landmark tokens and the adapter's output, each of shape
            (B * T, N, C).
        """
        seen = self.image_down(image)
        seen = seen * (seen * self.sharpness).softmax(1)
        return self.up(seen + self.landmark_down(landmarks)), self.adapter(image, frames)
