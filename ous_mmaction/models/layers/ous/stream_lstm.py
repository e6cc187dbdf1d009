from __future__ import annotations

import torch
from torch import Tensor, nn

from ....checks import one_of

CELLS = dict(lstm=nn.LSTM, rnn=nn.RNN)


class StreamLSTM(nn.Module):
    """One LSTM that both streams share, the paper's "early feature fusion" (eq. 13).

    Along time, the streams do not meet in it: its weights are all that face and scene share before
    MCFE, and no feature of one depends on the other. Along ``stream``, the scene reads the face of
    its frame.

    Args:
        channels (int): D, input and hidden width.
        axis (str): Axis of the recurrence: ``time`` (the paper's text) runs through each stream by
            itself, ``stream`` (the released code) runs from face to scene within each frame.
            Defaults to ``time``.
        residual (bool): Whether the input is added to the output, as in the released code.
            Defaults to False.
        cell (str): ``lstm`` for the LSTM of the paper's text, ``rnn`` for the plain cell that
            eq. 13 prints, h = tanh(W_h [h_prev, x] + b_h). The paper leaves its activation open.
            Defaults to ``lstm``.

    Raises:
        ValueError: If the axis or the cell is unknown.
    """

    def __init__(self, channels: int, axis: str = 'time', residual: bool = False,
                 cell: str = 'lstm') -> None:
        super().__init__()
        one_of('StreamLSTM.axis', axis, ('time', 'stream'))
        one_of('StreamLSTM.cell', cell, tuple(CELLS))
        self.axis = axis
        self.residual = residual
        self.lstm = CELLS[cell](channels, channels, batch_first=True)

    def forward(self, face: Tensor, scene: Tensor) -> tuple[Tensor, Tensor]:
        """Run the recurrence over both streams.

        Args:
            face (Tensor): Face features of shape (B, T, D). Padding is at the end, where it cannot
                reach valid frames.
            scene (Tensor): Scene features of shape (B, T, D), padded alike.

        Returns:
            tuple[Tensor, Tensor]: Face and scene features, each of shape (B, T, D).
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
