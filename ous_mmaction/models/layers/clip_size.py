from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor


def check_clip_size(clips: Tensor, expected: Sequence[int]) -> None:
    """Raise an error if clips have another size than a backbone is built for.

    Args:
        clips (Tensor): Frames of shape (B, 3, T, H, W).
        expected (Sequence[int]): (T, H, W).

    Raises:
        ValueError: If T, H or W differs.
    """
    if clips.shape[2:] != tuple(expected):
        wanted, found = ('{} frames of {}x{} pixels'.format(*size)
                         for size in (expected, clips.shape[2:]))
        raise ValueError(f'The backbone is built for clips of {wanted}, but got {found}. Set its '
                         'keys `num_frames` and `image_size` and the test pipeline to the same '
                         'size')
