"""What flows between backbone, neck and head."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from .layers.masked_mean import masked_mean


class StreamFeatures(NamedTuple):
    """Frame features of both streams, from a backbone to :class:`FaceSceneNeck`.

    Attributes:
        face (Tensor): Features of the face frames, of shape (B, T, C).
        scene (Tensor): Features of the scene frames, of shape (B, T, C).
        mask (Tensor): Bool of shape (B, T), True where the frame holds real data.
        taps (Tensor, optional): Outputs of the encoder's first L blocks on the scene stream,
            averaged over tokens and valid frames, of shape (B, L, W). None if the encoder gives
            none.
    """

    face: Tensor
    scene: Tensor
    mask: Tensor
    taps: Tensor | None = None


class FaceSceneFeatures(NamedTuple):
    """Tokens of a clip, from :class:`FaceSceneNeck`, or any backbone, to :class:`MCFEHead`.

    A head on a stock recognizer has only the frame tokens. The other fields are None then.

    Attributes:
        tokens (Tensor): V_ft, one token per frame, of shape (B, T, D).
        mask (Tensor): Bool of shape (B, T), True where the frame holds real data.
        face (Tensor): Mean of the tokens over the valid frames, of shape (B, D).
        scene (Tensor, optional): V_st, of shape (B, D).
        polarity (Tensor, optional): V_pol, of shape (B, D).
        polarity_logits (Tensor, optional): Logits of shape (B, 3), in the order of
            ``POLARITIES``.
        compared (tuple[Tensor, Tensor], optional): Face and scene as L_similarity reads them, each
            of shape (B, D): the values of ``face`` and ``scene``, with the gradient of its scope.
            None stands for ``face`` and ``scene`` themselves.
    """

    tokens: Tensor
    mask: Tensor
    face: Tensor
    scene: Tensor | None = None
    polarity: Tensor | None = None
    polarity_logits: Tensor | None = None
    compared: tuple[Tensor, Tensor] | None = None


class LevelFeatures(NamedTuple):
    """A clip at each of AEN's semantic levels, the lowest first, from AEN's neck to its head.

    Attributes:
        frames (tuple[Tensor, ...]): L tensors of shape (B, T, C_l) with one vector per frame, zeros
            where a frame is padding.
        tokens (tuple[Tensor, ...]): L tensors of shape (B, 1 + T, C_l), the output of the level's
            temporal transformer: the class token, then the frames. Rows of padding carry no
            meaning.
        mask (Tensor): Bool of shape (B, T), True where the frame holds real data.
    """

    frames: tuple[Tensor, ...]
    tokens: tuple[Tensor, ...]
    mask: Tensor


def blank_streams(frames: int, channels: int, taps: Sequence[int] | None) -> StreamFeatures:
    """Return one clip of zeros, on which a recognizer tries its parts while it is built.

    Args:
        frames (int): T.
        channels (int): C.
        taps (Sequence[int], optional): L and W. None means no taps.

    Returns:
        StreamFeatures: Zeros for one clip whose frames are all valid.
    """
    stream = torch.zeros(1, frames, channels)
    return StreamFeatures(stream, stream, torch.ones(1, frames, dtype=torch.bool),
                          None if taps is None else torch.zeros(1, *taps))


def frame_tokens(features: Tensor | Sequence[Tensor], num_segs: int | None) -> Tensor:
    """Turn the output of any mmaction backbone into one token per frame, averaged over space.

    Args:
        features (Tensor | Sequence[Tensor]): A feature map of shape (B * T, C, H, W) with
            ``num_segs`` = T, a feature map of shape (B, C, T, H, W), one vector per clip of shape
            (B, C), or a sequence of one of these.
        num_segs (int, optional): T of a 2D feature map.

    Returns:
        Tensor: Tokens of shape (B, T, C).

    Raises:
        ValueError: If there are several feature maps.

    Examples:
        >>> frame_tokens(torch.zeros(2 * 8, 512, 7, 7), num_segs=8).shape
        torch.Size([2, 8, 512])
        >>> frame_tokens(torch.zeros(2, 512, 4, 7, 7), num_segs=None).shape
        torch.Size([2, 4, 512])
    """
    if isinstance(features, (list, tuple)) and len(features) == 1:  # one stage
        features, = features
    if not isinstance(features, Tensor):
        raise ValueError(f'The head reads one feature map, but the backbone gives {len(features)}. '
                         'Make it give one stage (`out_indices`) without a class token '
                         '(`output_cls_token`), or choose a backbone with a single pathway')
    if features.dim() == 5:
        return features.mean((-2, -1)).transpose(1, 2)
    pooled = features.flatten(2).mean(2) if features.dim() > 2 else features
    return pooled.unflatten(0, (-1, num_segs or 1))


def features_of_tokens(tokens: Tensor) -> FaceSceneFeatures:
    """Return the features of clips that have only frame tokens, all of them valid.

    Args:
        tokens (Tensor): Frame tokens of shape (B, T, D).

    Returns:
        FaceSceneFeatures: The tokens, their mask and their mean.
    """
    mask = tokens.new_ones(tokens.shape[:2], dtype=torch.bool)
    return FaceSceneFeatures(tokens, mask, masked_mean(tokens, mask))
