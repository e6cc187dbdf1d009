from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import one_of


def dynamic_starts(total_frames: int, segments: int, frames_per_segment: int,
                   random: bool) -> np.ndarray:
    """Choose where the runs of Former-DFER's "dynamic sampling" start.

    The ``n - V + 1`` possible starts are split into U segments. A clip with at most ``U + V - 1``
    frames gives only zeros.

    Args:
        total_frames (int): Length n of the clip.
        segments (int): Number U of runs.
        frames_per_segment (int): Length V of a run.
        random (bool): Whether to draw the starts from numpy's global generator, as in training.

    Returns:
        np.ndarray: First frames of the runs, int64 of shape (U,).

    Examples:
        >>> dynamic_starts(77, segments=8, frames_per_segment=2, random=False).tolist()
        [4, 14, 23, 33, 42, 52, 61, 71]
        >>> dynamic_starts(9, segments=8, frames_per_segment=2, random=False).tolist()
        [0, 0, 0, 0, 0, 0, 0, 0]
    """
    starts = total_frames - frames_per_segment + 1
    steps = np.arange(segments)
    if random:
        length = starts // segments
        if length > 0:
            return steps * length + np.random.randint(length, size=segments)
        if total_frames > segments:
            return np.sort(np.random.randint(starts, size=segments))
    elif starts > segments:
        tick = starts / segments
        return (tick / 2 + tick * steps).astype(np.int64)
    return np.zeros(segments, np.int64)


@TRANSFORMS.register_module()
class SampleDynamic(BaseTransform):
    """Choose frames exactly as Former-DFER, DFER-CLIP and the codes after them do.

    Weights that were published with these methods are tested on these frames.
    :class:`SampleClip` is the even rule for models that are trained here. Both differ by a frame,
    and in clips with few frames.

    Required keys: ``total_frames``. Added keys: ``frame_inds`` ((T,) int64), ``mask`` ((T,) bool,
    False where the last frame is repeated).

    Args:
        clip_len (int): Number of frames T = U V. Defaults to 16.
        frames_per_segment (int): Number V of consecutive frames per segment. Defaults to 1.
        short (str): What a clip with too few frames gives: ``'first'``, its first V frames again
            and again (Former-DFER), or ``'all'``, all of its frames, then the last one again
            (DFER-CLIP). Defaults to ``'first'``.
        test_mode (bool): Whether to take the centers of the segments. Defaults to False.

    Raises:
        ValueError: If ``clip_len`` is not a multiple of ``frames_per_segment``, or ``short`` is
            unknown.
    """

    def __init__(self, clip_len: int = 16, frames_per_segment: int = 1, short: str = 'first',
                 test_mode: bool = False) -> None:
        one_of('SampleDynamic.short', short, ('first', 'all'))
        if frames_per_segment < 1 or clip_len < 1 or clip_len % frames_per_segment:
            raise ValueError(f'The key `SampleDynamic.clip_len` is {clip_len}, but it must be a '
                             'positive multiple of `frames_per_segment`, which is '
                             f'{frames_per_segment}')
        self.clip_len = clip_len
        self.frames_per_segment = frames_per_segment
        self.short = short
        self.test_mode = test_mode

    def transform(self, results: dict) -> dict:
        """Add the frame numbers and the mask."""
        total, run = results['total_frames'], self.frames_per_segment
        mask = np.ones(self.clip_len, bool)
        segments = self.clip_len // run
        if self.short == 'all' and total < segments + run:
            frames = np.arange(self.clip_len)
            mask = frames < total
        else:
            starts = dynamic_starts(total, segments, run, random=not self.test_mode)
            frames = (starts[:, None] + np.arange(run)).ravel()
        results['frame_inds'] = frames.clip(max=total - 1)
        results['mask'] = mask
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(clip_len={self.clip_len}, '
                f'frames_per_segment={self.frames_per_segment}, short={self.short!r}, '
                f'test_mode={self.test_mode})')
