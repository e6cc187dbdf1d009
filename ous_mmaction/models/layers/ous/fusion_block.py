from __future__ import annotations

from torch import Tensor, nn

from ....checks import one_of
from ..mlp import build_mlp


class FusionBlock(nn.Module):
    """One block of the Multimodal Cross-Scale Fusion Encoder (eqs. 5 and 7-10, 15).

    ======== =======================================================================
    residual computation, with a = MHA(query, LN(kv), LN(kv))
    ======== =======================================================================
    none     LN(MLP(LN(a))): the paper as printed
    inner    o = LN(a); LN(o + MLP(o))
    tokens   h = kv + a; h + MLP(LN(h)): the released code; as many queries as tokens
    ======== =======================================================================

    Args:
        channels: D.
        num_heads: Attention heads.
        residual: ``none``, ``inner`` or ``tokens``.
        act: Activation of the MLP, a name in mmengine's registry (eq. 9: ReLU).
    """

    def __init__(self, channels: int, num_heads: int = 8, residual: str = 'none',
                 act: str = 'ReLU') -> None:
        super().__init__()
        one_of('FusionBlock.residual', residual, ('none', 'inner', 'tokens'))
        self.residual = residual
        self.ln_1 = nn.LayerNorm(channels)
        self.attn = nn.MultiheadAttention(channels, num_heads, batch_first=True)
        self.ln_2 = nn.LayerNorm(channels)
        self.mlp = build_mlp(channels, act)
        self.ln_3 = None if residual == 'tokens' else nn.LayerNorm(channels)

    def forward(self, query: Tensor, kv: Tensor, padding: Tensor | None = None) -> Tensor:
        """Args:
            query: (B, Q, D) learned queries.
            kv: (B, N, D) tokens that serve as keys and values.
            padding: (B, N) bool, True where a token is to be ignored.

        Returns:
            (B, Q, D).
        """
        y = self.ln_1(kv)
        attended = self.attn(query, y, y, key_padding_mask=padding, need_weights=False)[0]
        if self.residual == 'tokens':
            hidden = kv + attended
            return hidden + self.mlp(self.ln_2(hidden))
        hidden = self.ln_2(attended)
        output = self.mlp(hidden)
        return self.ln_3(hidden + output if self.residual == 'inner' else output)

    def attention(self, query: Tensor, kv: Tensor, padding: Tensor | None = None) -> Tensor:
        """(B, Q, N) weights of eq. 15, averaged over the heads; arguments as of :meth:`forward`.

        They are computed anew: to ask the attention in ``forward`` for them would cost it its fused
        kernel.
        """
        y = self.ln_1(kv)
        return self.attn(query, y, y, key_padding_mask=padding)[1]
