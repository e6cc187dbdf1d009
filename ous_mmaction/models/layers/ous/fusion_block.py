from __future__ import annotations

from torch import Tensor, nn

from ....checks import one_of
from ..mlp import build_mlp
from .query_attention import query_attention


class FusionBlock(nn.Module):
    """One block of the Multimodal Cross-Scale Fusion Encoder (eqs. 5 and 7-10, 15).

    ======== =======================================================================
    residual computation, with a = MHA(query, LN(kv), LN(values or kv))
    ======== =======================================================================
    none     LN(MLP(LN(a))): the paper as printed
    inner    o = LN(a); LN(o + MLP(o))
    tokens   h = kv + a; h + MLP(LN(h)): the released code; as many queries as tokens
    ======== =======================================================================

    Args:
        channels (int): D.
        num_heads (int): Number of attention heads. Defaults to 8.
        residual (str): ``none``, ``inner`` or ``tokens``. Defaults to ``none``.
        act (str): Name of the MLP's activation in mmengine's registry. Defaults to ``ReLU``
            (eq. 9).

    Raises:
        ValueError: If ``residual`` is unknown.
    """

    def __init__(self, *, channels: int, num_heads: int = 8, residual: str = 'none',
                 act: str = 'ReLU') -> None:
        super().__init__()
        one_of('FusionBlock.residual', residual, ('none', 'inner', 'tokens'))
        self.residual = residual
        self.ln_1 = nn.LayerNorm(channels)
        self.attn = nn.MultiheadAttention(channels, num_heads, batch_first=True)
        self.ln_2 = nn.LayerNorm(channels)
        self.mlp = build_mlp(channels, act)
        self.ln_3 = None if residual == 'tokens' else nn.LayerNorm(channels)

    def forward(self, query: Tensor, kv: Tensor, padding: Tensor | None = None, *,
                values: Tensor | None = None) -> Tensor:
        """Run the block.

        Args:
            query (Tensor): Learned queries of shape (B, Q, D).
            kv (Tensor): Tokens that serve as keys and values, of shape (B, N, D).
            padding (Tensor, optional): Bool of shape (B, N), True where a token is ignored.
                Defaults to none.
            values (Tensor, optional): Values of shape (B, N, D) in place of the tokens, which are
                keys alone then. Defaults to the tokens.

        Returns:
            Tensor: Outputs of shape (B, Q, D).
        """
        y = self.ln_1(kv)
        v = y if values is None else self.ln_1(values)
        attended = query_attention(self.attn, query, y, padding, values=v)[0]
        if self.residual == 'tokens':
            hidden = kv + attended
            return hidden + self.mlp(self.ln_2(hidden))
        hidden = self.ln_2(attended)
        output = self.mlp(hidden)
        return self.ln_3(hidden + output if self.residual == 'inner' else output)

    def attention(self, query: Tensor, kv: Tensor, padding: Tensor | None = None) -> Tensor:
        """Compute the attention weights of eq. 15, averaged over the heads.

        Args:
            query (Tensor): As for :meth:`forward`.
            kv (Tensor): As for :meth:`forward`.
            padding (Tensor, optional): As for :meth:`forward`.

        Returns:
            Tensor: Weights of shape (B, Q, N).
        """
        return query_attention(self.attn, query, self.ln_1(kv), padding)[1].mean(1)
