from __future__ import annotations

import torch
from torch import Tensor, nn

from ....checks import one_of


class StreamLSTM(nn.Module):
    """Early fusion of the streams by one LSTM that both share (eq. 13).

    Args:
        channels: D, input and hidden width.
        axis: What the recurrence runs along: ``time`` (the paper's text), each stream by itself;
            ``stream`` (the released code), from face to scene within each frame.
        residual: Add the input to the output (the released code).
    """

    def __init__(self, channels: int, axis: str = 'time', residual: bool = False) -> None:
        super().__init__()
        one_of('StreamLSTM.axis', axis, ('time', 'stream'))
        self.axis = axis
        self.residual = residual
        self.lstm = nn.LSTM(channels, channels, batch_first=True)

    def forward(self, face: Tensor, scene: Tensor) -> tuple[Tensor, Tensor]:
        """Args:
            face: (B, T, D). Padding stands at the end, where it cannot reach valid frames.
            scene: (B, T, D).

        Returns:
            Face and scene features, (B, T, D) each.
        """
        streams = torch.stack([face, scene])  # (2, B, T, D)
        if self.axis == 'time':
            sequences = streams.flatten(0, 1)
        else:
            sequences = streams.flatten(1, 2).transpose(0, 1)  # (B * T, 2, D)
        hidden = self.lstm(sequences)[0]
        if self.axis == 'stream':
            hidden = hidden.transpose(0, 1)
        hidden = hidden.reshape(streams.shape)
        if self.residual:
            hidden = hidden + streams
        return hidden[0], hidden[1]
