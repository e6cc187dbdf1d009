from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import one_of


def sample_segments(total_frames: int, clip_len: int, random: bool,
                    frames_per_segment: int = 1) -> np.ndarray:
    """Take a run of consecutive frames from each of ``T / V`` equal segments of a clip.

    Segment ``k`` of ``U = T / V`` consists of the frames from ``floor(k * n / U)`` up to
    ``floor((k + 1) * n / U)``. The segments cover the clip, and each run lies within its own
    segment, so that no frame can be drawn twice. A clip with fewer than ``clip_len`` frames gives
    all of its frames.

    The "dynamic sampling" of Former-DFER is the same except for clips with few frames. Its code
    splits the ``n - V + 1`` possible starts, so that runs may overlap, and repeats frame 0 if there
    are too few.

    Args:
        total_frames (int): Length n of the clip, at least 1.
        clip_len (int): Number of frames T to take.
        random (bool): Whether to draw the starts of the runs from numpy's global generator instead
            of taking the centers of the segments.
        frames_per_segment (int): Length V of a run, a divisor of T. Defaults to 1.

    Returns:
        np.ndarray: Frame numbers of shape (min(n, T),), int64, strictly ascending.

    Examples:
        >>> sample_segments(16, clip_len=4, random=False).tolist()
        [2, 6, 10, 14]
        >>> sample_segments(16, clip_len=4, random=False, frames_per_segment=2).tolist()
        [3, 4, 11, 12]
    """
    if total_frames < clip_len:
        return np.arange(total_frames, dtype=np.int64)
    segments = clip_len // frames_per_segment
    bounds = np.arange(segments + 1, dtype=np.int64) * total_frames // segments
    # First and last start that each segment allows.
    first, last = bounds[:-1], bounds[1:] - frames_per_segment
    starts = np.random.randint(first, last + 1) if random else (first + last + 1) // 2
    return (starts[:, None] + np.arange(frames_per_segment)).ravel()


@TRANSFORMS.register_module()
class SampleClip(BaseTransform):
    """Choose the frames of a clip: one run per segment, random in training, central in testing.

    A clip with fewer frames gives every frame once, then repeats its last frame with ``mask``
    False.

    Required keys: ``total_frames``. Added keys: ``frame_inds`` ((T,) int64, ascending), ``mask``
    ((T,) bool, False where padded).

    Args:
        clip_len (int): Number of frames T. Defaults to 16.
        test_mode (bool): Whether to take the centers of the segments. Defaults to False.
        select (str): ``'segments'``, or ``'last'`` for the last T frames of the clip in both
            training and testing (the released code). Defaults to ``'segments'``.
        frames_per_segment (int): Number V of consecutive frames per segment. Former-DFER uses 2,
            that is, 8 segments of 2 frames. Defaults to 1.

    Raises:
        ValueError: If ``clip_len`` is not a positive multiple of ``frames_per_segment``, or
            ``select`` is unknown.
    """

    def __init__(self,
                 clip_len: int = 16,
                 test_mode: bool = False,
                 select: str = 'segments',
                 frames_per_segment: int = 1) -> None:
        if clip_len < 1:
            raise ValueError('The key `SampleClip.clip_len` must be at least 1, '
                             f'but got {clip_len}')
        one_of('SampleClip.select', select, ('segments', 'last'))
        if frames_per_segment < 1 or clip_len % frames_per_segment:
            raise ValueError(f'The key `SampleClip.clip_len` is {clip_len}, but it must be a '
                             f'multiple of `frames_per_segment`, which is {frames_per_segment}')
        self.clip_len = clip_len
        self.test_mode = test_mode
        self.select = select
        self.frames_per_segment = frames_per_segment

    def transform(self, results: dict) -> dict:
        """Add the frame numbers and the mask."""
        total = results['total_frames']
        if self.select == 'last':
            frames = np.arange(max(0, total - self.clip_len), total, dtype=np.int64)
        else:
            frames = sample_segments(total, self.clip_len, random=not self.test_mode,
                                     frames_per_segment=self.frames_per_segment)
        padding = self.clip_len - len(frames)
        results['frame_inds'] = np.pad(frames, (0, padding), mode='edge')
        results['mask'] = np.arange(self.clip_len) < len(frames)
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(clip_len={self.clip_len}, test_mode={self.test_mode}, '
                f'select={self.select!r}, frames_per_segment={self.frames_per_segment})')
