from __future__ import annotations

from torch import Tensor, nn


class StreamAlignment(nn.Module):
    """Convolution over a stream's tokens and a linear layer, toward the common latent space.

    Args:
        channels: D.
        kernel_size: Odd width of the convolution; None for the linear layer alone.
    """

    def __init__(self, channels: int, kernel_size: int | None = 3) -> None:
        super().__init__()
        self.conv = None
        if kernel_size is not None:
            if kernel_size % 2 == 0:
                raise ValueError(f'alignment kernel_size is {kernel_size}: it must be odd, so '
                                 'that every token keeps its place')
            self.conv = nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2)
        self.linear = nn.Linear(channels, channels)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Args:
            tokens: (B, T, D).
            mask: (B, T) bool; tokens where it is False enter the convolution as zeros, like the
                border.

        Returns:
            (B, T, D).
        """
        if self.conv is not None:
            if mask is not None:
                tokens = tokens * mask[..., None].to(tokens.dtype)
            tokens = self.conv(tokens.transpose(1, 2)).transpose(1, 2)
        return self.linear(tokens)
