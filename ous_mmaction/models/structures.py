"""What flows between backbone, neck and head."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from .layers.masked_mean import masked_mean


class StreamFeatures(NamedTuple):
    """Frame features of both streams: from a backbone to :class:`FaceSceneNeck`.

    Attributes:
        face: (B, T, C) features of the face frames.
        scene: (B, T, C) features of the scene frames.
        mask: (B, T) bool, True where the frame holds real data.
        taps: (B, L, W) outputs of the encoder's first L blocks on the scene stream, averaged over
            tokens and valid frames; None where the encoder gives none.
    """

    face: Tensor
    scene: Tensor
    mask: Tensor
    taps: Tensor | None = None


class FaceSceneFeatures(NamedTuple):
    """Tokens of a clip: from :class:`FaceSceneNeck`, or any backbone, to :class:`MCFEHead`.

    A head on a stock recognizer has the frame tokens alone; the other fields are None then.

    Attributes:
        tokens: (B, T, D) V_ft, one token per frame.
        mask: (B, T) bool, True where the frame holds real data.
        face: (B, D) mean of the tokens over the valid frames.
        scene: (B, D) V_st.
        polarity: (B, D) V_pol.
        polarity_logits: (B, 3) in the order of ``POLARITIES``.
    """

    tokens: Tensor
    mask: Tensor
    face: Tensor
    scene: Tensor | None = None
    polarity: Tensor | None = None
    polarity_logits: Tensor | None = None


class LevelFeatures(NamedTuple):
    """A clip at each of AEN's semantic levels, the lowest first: from AEN's neck to its head.

    Attributes:
        frames: L tensors (B, T, C_l), one vector per frame; zeros where a frame is padding.
        tokens: L tensors (B, 1 + T, C_l), the output of the level's temporal transformer: the class
            token, then the frames. Rows of padding carry no meaning.
        mask: (B, T) bool, True where the frame holds real data.
    """

    frames: tuple[Tensor, ...]
    tokens: tuple[Tensor, ...]
    mask: Tensor


def blank_streams(frames: int, channels: int, taps: Sequence[int] | None) -> StreamFeatures:
    """One clip of zeros, on which a recognizer tries its parts while it is built.

    Args:
        frames: T.
        channels: C.
        taps: L and W; None for no taps.
    """
    stream = torch.zeros(1, frames, channels)
    return StreamFeatures(stream, stream, torch.ones(1, frames, dtype=torch.bool),
                          None if taps is None else torch.zeros(1, *taps))


def frame_tokens(features: Tensor | Sequence[Tensor], num_segs: int | None) -> Tensor:
    """One token per frame from the output of any mmaction backbone; space is averaged.

    Args:
        features: A feature map (B * T, C, H, W) with ``num_segs`` = T, a feature map
            (B, C, T, H, W), a vector (B, C) per clip, or a sequence of one of these.
        num_segs: T of a 2D feature map.

    Returns:
        (B, T, C).

    Raises:
        ValueError: If there are several maps.
    """
    if isinstance(features, (list, tuple)) and len(features) == 1:  # one stage
        features, = features
    if not isinstance(features, Tensor):
        raise ValueError(f'The head reads one feature map, but the backbone gives {len(features)}. '
                         'Let it give one stage (`out_indices`) without a class token '
                         '(`output_cls_token`), or choose a backbone with a single pathway')
    if features.dim() == 5:
        return features.mean((-2, -1)).transpose(1, 2)
    pooled = features.flatten(2).mean(2) if features.dim() > 2 else features
    return pooled.unflatten(0, (-1, num_segs or 1))


def features_of_tokens(tokens: Tensor) -> FaceSceneFeatures:
    """The features of a clip that consists of (B, T, D) frame tokens alone, all of them valid."""
    mask = tokens.new_ones(tokens.shape[:2], dtype=torch.bool)
    return FaceSceneFeatures(tokens, mask, masked_mean(tokens, mask))
