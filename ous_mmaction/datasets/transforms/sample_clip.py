from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


def sample_segments(total_frames: int, clip_len: int, random: bool) -> np.ndarray:
    """One frame from each of ``clip_len`` equal segments of a clip.

    Segment ``k`` is the frames from ``floor(k * n / T)`` up to ``floor((k + 1) * n / T)``: the
    segments cover the clip, none is empty, and no frame can be drawn twice. A clip with fewer
    than ``clip_len`` frames gives all of its frames.

    Args:
        total_frames (int): n, at least 1.
        clip_len (int): T, number of segments.
        random (bool): Draw from numpy's global generator, instead of taking the centre.

    Returns:
        np.ndarray: (min(n, T),) int64, strictly ascending.
    """
    segments = min(clip_len, total_frames)
    bounds = np.arange(segments + 1, dtype=np.int64) * total_frames // segments
    starts, ends = bounds[:-1], bounds[1:]
    return np.random.randint(starts, ends) if random else (starts + ends) // 2


@TRANSFORMS.register_module()
class SampleClip(BaseTransform):
    """Choose the frames of a clip: one a segment, random in training, the centre in testing.

    A clip with fewer frames gives every frame once, then repeats its last one with ``mask`` False.

    Required keys: ``total_frames``. Added keys: ``frame_inds`` ((T,) int64, ascending), ``mask``
    ((T,) bool, False where padded).

    Args:
        clip_len (int): T, number of frames. Defaults to 16.
        test_mode (bool): Take segment centres. Defaults to False.
        select (str): ``'segments'``, or ``'last'`` for the clip's last T frames in training and
            testing alike (the released code). Defaults to ``'segments'``.
    """

    def __init__(self,
                 clip_len: int = 16,
                 test_mode: bool = False,
                 select: str = 'segments') -> None:
        if clip_len < 1:
            raise ValueError(f'SampleClip: `clip_len` is {clip_len}, it must be at least 1')
        if select not in ('segments', 'last'):
            raise ValueError(f"SampleClip: `select` is {select!r}, it takes 'segments' or 'last'")
        self.clip_len = clip_len
        self.test_mode = test_mode
        self.select = select

    def transform(self, results: dict) -> dict:
        total = results['total_frames']
        if self.select == 'last':
            frames = np.arange(max(0, total - self.clip_len), total, dtype=np.int64)
        else:
            frames = sample_segments(total, self.clip_len, random=not self.test_mode)
        padding = self.clip_len - len(frames)
        results['frame_inds'] = np.pad(frames, (0, padding), mode='edge')
        results['mask'] = np.arange(self.clip_len) < len(frames)
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(clip_len={self.clip_len}, test_mode={self.test_mode}, '
                f'select={self.select!r})')
