"""What flows between backbone, neck and head."""
from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

import torch
from torch import Tensor


class StreamFeatures(NamedTuple):
    """Frame features of both streams, as a backbone gives them.

    Attributes:
        face: (B, T, C) features of the face frames.
        scene: (B, T, C) features of the scene frames.
        mask: (B, T) bool, True where the frame holds real data.
        taps: (B, L, W) outputs of the encoder's first L blocks on the scene stream, averaged over
            tokens and valid frames; None where the encoder has none to give.
    """

    face: Tensor
    scene: Tensor
    mask: Tensor
    taps: Optional[Tensor] = None


def blank_streams(frames: int, channels: int, taps: Optional[Sequence[int]]) -> StreamFeatures:
    """One clip of zeros, on which a recognizer tries its parts while it is built.

    Args:
        frames: T.
        channels: C.
        taps: L and W; None for no taps.
    """
    stream = torch.zeros(1, frames, channels)
    return StreamFeatures(stream, stream, torch.ones(1, frames, dtype=torch.bool),
                          None if taps is None else torch.zeros(1, *taps))


class FaceSceneFeatures(NamedTuple):
    """Tokens of a clip, as the head reads them.

    A head on a stock recognizer has the frame tokens alone; the other fields are None then.

    Attributes:
        tokens: (B, T, D) V_ft, one token a frame.
        mask: (B, T) bool, True where the frame holds real data.
        face: (B, D) the tokens' mean over valid frames.
        scene: (B, D) V_st.
        polarity: (B, D) V_pol.
        polarity_logits: (B, 3) in the order of ``POLARITIES``.
    """

    tokens: Tensor
    mask: Tensor
    face: Tensor
    scene: Optional[Tensor] = None
    polarity: Optional[Tensor] = None
    polarity_logits: Optional[Tensor] = None
