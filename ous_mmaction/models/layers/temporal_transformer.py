from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TemporalAttention(nn.Module):
    """Self-attention whose inner width, heads times head width, differs from that of its tokens.

    Args:
        channels (int): C, width of the tokens.
        num_heads (int): Number of heads.
        head_channels (int): Width of a head.
    """

    def __init__(self, channels: int, num_heads: int, head_channels: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        inner = num_heads * head_channels
        self.qkv = nn.Linear(channels, 3 * inner, bias=False)
        self.out = nn.Linear(inner, channels)

    def forward(self, x: Tensor, valid: Tensor | None = None) -> Tensor:
        """Attend to the valid tokens.

        Args:
            x (Tensor): Tokens of shape (B, N, C).
            valid (Tensor, optional): Bool of shape (B, N), True where a token may be attended to.
                Defaults to all.

        Returns:
            Tensor: Tokens of shape (B, N, C).
        """
        q, k, v = self.qkv(x).unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        mask = None if valid is None else valid[:, None, None]
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.out(attended.transpose(1, 2).flatten(2))


class TemporalTransformerLayer(nn.Module):
    """Pre-norm self-attention and MLP, each with a residual.

    Args:
        channels (int): C, width of the tokens.
        num_heads (int): Number of attention heads.
        head_channels (int): Width of a head.
        mlp_channels (int): Inner width of the MLP.
        gelu (str): ``none`` for the exact GELU, ``tanh`` for its approximation. Defaults to
            ``none``.
        dropout (float): Share of values that training drops behind the attention, inside the MLP
            and behind it. Defaults to 0.
    """

    def __init__(self, *, channels: int, num_heads: int, head_channels: int, mlp_channels: int,
                 gelu: str = 'none', dropout: float = 0.0) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(channels)
        self.attn = TemporalAttention(channels, num_heads, head_channels)
        self.ln_2 = nn.LayerNorm(channels)
        self.drop = nn.Dropout(dropout)
        self.mlp = nn.Sequential(nn.Linear(channels, mlp_channels),
                                 nn.Sequential(nn.GELU(gelu), self.drop),
                                 nn.Linear(mlp_channels, channels))

    def forward(self, x: Tensor, valid: Tensor | None = None) -> Tensor:
        """Run the layer; arguments and result are those of :class:`TemporalAttention`."""
        x = x + self.drop(self.attn(self.ln_1(x), valid))
        return x + self.drop(self.mlp(self.ln_2(x)))


class TemporalTransformer(nn.Module):
    """AEN's transformer over the frames of one semantic level, with a class token.

    No norm follows the last layer, because the class token is compared with the vectors of the
    frames and a norm would change its scale.

    Args:
        channels (int): C, width of the tokens.
        max_frames (int): Number of rows of the learned position table. Defaults to 16.
        depth (int): Number of layers. Defaults to 3.
        num_heads (int): Number of attention heads. Defaults to 8.
        head_channels (int): Width of a head. Defaults to 64.
        mlp_channels (int): Inner width of the MLPs. Defaults to 1024.
        gelu (str): ``none`` or ``tanh``, see :class:`TemporalTransformerLayer`. Defaults to
            ``none``.
        class_position (bool): Whether the class token has a position of its own, the first row of
            the table, as in Former-DFER and DFER-CLIP. Defaults to False.
        init_std (float): Standard deviation of the drawn class token and positions. Defaults to
            0.02.
        dropout (float): See :class:`TemporalTransformerLayer`. Defaults to 0.
    """

    def __init__(self, *, channels: int, max_frames: int = 16, depth: int = 3,
                 num_heads: int = 8, head_channels: int = 64, mlp_channels: int = 1024,
                 gelu: str = 'none', class_position: bool = False,
                 init_std: float = 0.02, dropout: float = 0.0) -> None:
        super().__init__()
        self.class_rows = int(class_position)
        self.class_token = nn.Parameter(torch.empty(channels))
        self.positions = nn.Embedding(self.class_rows + max_frames, channels)
        self.layers = nn.ModuleList(
            TemporalTransformerLayer(channels=channels, num_heads=num_heads,
                                     head_channels=head_channels, mlp_channels=mlp_channels,
                                     gelu=gelu, dropout=dropout)
            for _ in range(depth))
        nn.init.normal_(self.class_token, std=init_std)
        nn.init.normal_(self.positions.weight, std=init_std)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Encode the frames of each clip.

        Args:
            x (Tensor): Vectors of the frames, of shape (B, T, C).
            mask (Tensor): Bool of shape (B, T), True where the frame holds real data.

        Returns:
            Tensor: Tokens of shape (B, 1 + T, C), the class token first. Rows of padding carry no
            meaning.

        Raises:
            ValueError: If the clip is longer than the position table.
        """
        frames = x.shape[1]
        rows = self.positions.num_embeddings - self.class_rows
        if frames > rows:
            raise ValueError(f'The clip has {frames} frames, but the position table has '
                             f'{rows} rows. Raise the key '
                             f'`transformer.max_frames` to {frames}')
        class_positions, positions = self.positions.weight[:self.class_rows + frames].split(
            [self.class_rows, frames])
        class_token = (self.class_token + class_positions.sum(0)).to(x.dtype)
        x = torch.cat([class_token.expand(x.shape[0], 1, -1), x + positions], 1)
        valid = F.pad(mask, (1, 0), value=True)
        for layer in self.layers:
            x = layer(x, valid)
        return x
