from __future__ import annotations

from mmcv.cnn.bricks import DropPath
from torch import Tensor, nn

from .attention import Attention
from .mlp import build_mlp


class ViTBlock(nn.Module):
    """Pre-norm self-attention and MLP of vision transformers, each with a residual.

    Args:
        channels (int): C, width of the tokens. The MLP is four times as wide.
        num_heads (int): Number of heads.
        bias (str): Biases of the attention, see :class:`Attention`. Defaults to ``'all'``.
        drop_path (float): Share of the samples of a training batch that skip a branch. Defaults
            to 0.
    """

    def __init__(self, channels: int, num_heads: int, bias: str = 'all',
                 drop_path: float = 0.0) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, eps=1e-6)
        self.attn = Attention(channels, num_heads, bias)
        self.norm2 = nn.LayerNorm(channels, eps=1e-6)
        self.mlp = build_mlp(channels, 'GELU')
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """Run the block.

        Args:
            x (Tensor): Tokens of shape (B, N, C).

        Returns:
            Tensor: Tokens of shape (B, N, C).
        """
        x = x + self.drop_path(self.attn(self.norm1(x)))
        return x + self.drop_path(self.mlp(self.norm2(x)))
