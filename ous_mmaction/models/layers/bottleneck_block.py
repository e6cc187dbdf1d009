from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

from .attention import Attention
from .vit_block import ViTBlock


class SpatialBottleneck(nn.Module):
    """SVFAP's summary of the places of a time step: weighted means with learned weights.

    Args:
        channels (int): C, width of the tokens.
        num_tokens (int): Number of means M per time step.
    """

    def __init__(self, channels: int, num_tokens: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.mlp = nn.Sequential(OrderedDict(
            c_fc=nn.Linear(channels, channels // 4), act=nn.GELU(),
            c_proj=nn.Linear(channels // 4, num_tokens)))

    def forward(self, x: Tensor) -> Tensor:
        """Average the tokens, which are normed for the weights only.

        Args:
            x (Tensor): Tokens of shape (B, t, P, C).

        Returns:
            Tensor: Means of shape (B, t, M, C).
        """
        return self.mlp(self.norm(x)).softmax(2).transpose(2, 3) @ x


class BottleneckBlock(ViTBlock):
    """ViT block whose tokens first attend to a context: places to their summary, or reversely.

    Args:
        channels (int): C, width of the tokens. The MLP is four times as wide.
        num_heads (int): Number of heads.
        bias (str): Biases of the attentions, see :class:`Attention`. Defaults to ``'all'``.
        drop_path (float): Share of the samples of a training batch that skip a branch. Defaults
            to 0.
    """

    def __init__(self, channels: int, num_heads: int, bias: str = 'all',
                 drop_path: float = 0.0) -> None:
        super().__init__(channels, num_heads, bias, drop_path)
        self.cross_norm1 = nn.LayerNorm(channels, eps=1e-6)
        self.cross_norm2 = nn.LayerNorm(channels, eps=1e-6)
        self.cross_attn = Attention(channels, num_heads, bias)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """Run the block.

        Args:
            x (Tensor): Tokens of shape (B, N, C).
            context (Tensor): Tokens of shape (B, M, C).

        Returns:
            Tensor: Tokens of shape (B, N, C).
        """
        attended = self.cross_attn(self.cross_norm1(x), self.cross_norm2(context))
        return super().forward(x + self.drop_path(attended))
