from __future__ import annotations

from torch import Tensor, nn

from ....emotions import POLARITIES


class PolarityEncoder(nn.Module):
    """Reads colour, texture and ambience off the vision encoder's first blocks (paper: V_pol).

    Args:
        tap_channels: W, width of a tap.
        num_taps: L, number of taps.
        channels: D, width of V_pol.
    """

    def __init__(self, tap_channels: int, num_taps: int, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(tap_channels)
        self.mlp = nn.Sequential(nn.Linear(num_taps * tap_channels, channels), nn.ReLU(),
                                 nn.Linear(channels, channels))
        self.classifier = nn.Linear(channels, len(POLARITIES))

    def forward(self, taps: Tensor) -> tuple[Tensor, Tensor]:
        """Args:
            taps: (B, L, W).

        Returns:
            V_pol (B, D) and logits (B, 3) in the order of ``POLARITIES``.
        """
        polarity = self.mlp(self.norm(taps).flatten(1))
        return polarity, self.classifier(polarity)
