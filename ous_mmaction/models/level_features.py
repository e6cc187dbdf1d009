"""What flows between AEN's neck and head."""
from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class LevelFeatures(NamedTuple):
    """A clip at each of AEN's semantic levels, from the lowest to the highest.

    Attributes:
        frames: L tensors (B, T, C_l), one vector a frame; zeros where a frame is padding.
        tokens: L tensors (B, 1 + T, C_l), what the level's temporal transformer makes of them: the
            class token, then the frames; rows of padding carry no meaning.
        mask: (B, T) bool, True where the frame holds real data.
    """

    frames: tuple[Tensor, ...]
    tokens: tuple[Tensor, ...]
    mask: Tensor
