from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import one_of


def sample_segments(total_frames: int, clip_len: int, random: bool,
                    frames_per_segment: int = 1) -> np.ndarray:
    """A run of consecutive frames from each of ``T / V`` equal segments of a clip.

    Segment ``k`` of ``U = T / V`` is the frames from ``floor(k * n / U)`` up to
    ``floor((k + 1) * n / U)``: the segments cover the clip and each run lies within its own, so
    that no frame can be drawn twice. A clip with fewer than ``clip_len`` frames gives all of its
    frames.

    Former-DFER's "dynamic sampling" is the same but for clips of few frames: its code splits the
    ``n - V + 1`` possible starts, so that runs may overlap, and repeats frame 0 where it finds too
    few.

    Args:
        total_frames (int): n, at least 1.
        clip_len (int): T, number of frames.
        random (bool): Draw the starts of the runs from numpy's global generator, instead of
            taking the centres of the segments.
        frames_per_segment (int): V, a divisor of T. Defaults to 1.

    Returns:
        np.ndarray: (min(n, T),) int64, strictly ascending.
    """
    if total_frames < clip_len:
        return np.arange(total_frames, dtype=np.int64)
    segments = clip_len // frames_per_segment
    bounds = np.arange(segments + 1, dtype=np.int64) * total_frames // segments
    first, last = bounds[:-1], bounds[1:] - frames_per_segment  # starts that a segment allows
    starts = np.random.randint(first, last + 1) if random else (first + last + 1) // 2
    return (starts[:, None] + np.arange(frames_per_segment)).ravel()


@TRANSFORMS.register_module()
class SampleClip(BaseTransform):
    """Choose the frames of a clip: a run a segment, random in training, the centre in testing.

    A clip with fewer frames gives every frame once, then repeats its last one with ``mask`` False.

    Required keys: ``total_frames``. Added keys: ``frame_inds`` ((T,) int64, ascending), ``mask``
    ((T,) bool, False where padded).

    Args:
        clip_len (int): T, number of frames. Defaults to 16.
        test_mode (bool): Take segment centres. Defaults to False.
        select (str): ``'segments'``, or ``'last'`` for the clip's last T frames in training and
            testing alike (the released code). Defaults to ``'segments'``.
        frames_per_segment (int): V, consecutive frames of a segment; Former-DFER's recipe is 2, 8
            segments of 2 frames. Defaults to 1.
    """

    def __init__(self,
                 clip_len: int = 16,
                 test_mode: bool = False,
                 select: str = 'segments',
                 frames_per_segment: int = 1) -> None:
        if clip_len < 1:
            raise ValueError(f'SampleClip: `clip_len` is {clip_len}, it must be at least 1')
        one_of('SampleClip.select', select, ('segments', 'last'))
        if frames_per_segment < 1 or clip_len % frames_per_segment:
            raise ValueError(f'SampleClip: `clip_len` is {clip_len}, it must be a multiple of '
                             f'`frames_per_segment`, {frames_per_segment}')
        self.clip_len = clip_len
        self.test_mode = test_mode
        self.select = select
        self.frames_per_segment = frames_per_segment

    def transform(self, results: dict) -> dict:
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
