from __future__ import annotations

from torch import Tensor, nn


class StreamAlignment(nn.Module):
    """Convolution over the tokens of a stream and a linear layer, into the common latent space.

    Args:
        channels (int): D.
        kernel_size (int, optional): Odd width of the convolution. None leaves only the linear
            layer. Defaults to 3.

    Raises:
        ValueError: If the kernel size is even.
    """

    def __init__(self, channels: int, kernel_size: int | None = 3) -> None:
        super().__init__()
        self.conv = None
        if kernel_size is not None:
            if kernel_size % 2 == 0:
                raise ValueError('The key `StreamAlignment.kernel_size` must be odd, so that every '
                                 f'token keeps its place, but got {kernel_size}')
            self.conv = nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2)
        self.linear = nn.Linear(channels, channels)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Align the tokens.

        Args:
            tokens (Tensor): Tokens of shape (B, T, D).
            mask (Tensor, optional): Bool of shape (B, T). Tokens where it is False enter the
                convolution as zeros, like the border. Defaults to all True.

        Returns:
            Tensor: Tokens of shape (B, T, D).
        """
        if self.conv is not None:
            if mask is not None:
                tokens = tokens * mask[..., None].to(tokens.dtype)
            tokens = self.conv(tokens.transpose(1, 2)).transpose(1, 2)
        return self.linear(tokens)
