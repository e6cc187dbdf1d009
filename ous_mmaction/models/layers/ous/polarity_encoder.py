from __future__ import annotations

from torch import Tensor, nn

from ....emotions import POLARITIES


class PolarityEncoder(nn.Module):
    """Encoder that reads color, texture and ambience from the vision encoder's first blocks.

    Its output is V_pol in the paper.

    Args:
        tap_channels (int): W, width of a tap.
        num_taps (int): L, number of taps.
        channels (int): D, width of V_pol.
    """

    def __init__(self, tap_channels: int, num_taps: int, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(tap_channels)
        self.mlp = nn.Sequential(nn.Linear(num_taps * tap_channels, channels), nn.ReLU(),
                                 nn.Linear(channels, channels))
        self.classifier = nn.Linear(channels, len(POLARITIES))

    def forward(self, taps: Tensor) -> tuple[Tensor, Tensor]:
        """Encode the taps.

        Args:
            taps (Tensor): Taps of shape (B, L, W).

        Returns:
            tuple[Tensor, Tensor]: V_pol of shape (B, D), and logits of shape (B, 3) in the order
            of ``POLARITIES``.
        """
        polarity = self.mlp(self.norm(taps).flatten(1))
        return polarity, self.classifier(polarity)
