from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


@TRANSFORMS.register_module()
class SampleWrapped(BaseTransform):
    """Choose every S-th frame from a start on, and go on at the beginning of the clip (EmoCLIP).

    A clip with fewer than T such frames is reflected at its end until there are T. The authors draw
    the start in testing as well; here it is the first frame, so that scores can be repeated.

    Required keys: ``total_frames``. Added keys: ``frame_inds`` ((T,) int64), ``mask`` ((T,) bool,
    all True).

    Args:
        clip_len (int): Number of frames T. Defaults to 32.
        stride (int): S. Defaults to 4.
        test_mode (bool): Whether to start at the first frame. Defaults to False.

    Raises:
        ValueError: If ``clip_len`` or ``stride`` is not positive.
    """

    def __init__(self, clip_len: int = 32, stride: int = 4, test_mode: bool = False) -> None:
        if clip_len < 1 or stride < 1:
            raise ValueError('The keys `SampleWrapped.clip_len` and `stride` must be at least 1, '
                             f'but got {clip_len} and {stride}')
        self.clip_len = clip_len
        self.stride = stride
        self.test_mode = test_mode

    def transform(self, results: dict) -> dict:
        """Add the frame numbers and the mask."""
        frames = np.arange(0, results['total_frames'], self.stride)
        start = 0 if self.test_mode else np.random.randint(len(frames))
        frames = np.roll(frames, -start)[:self.clip_len]
        mode = 'reflect' if len(frames) > 1 else 'edge'
        results['frame_inds'] = np.pad(frames, (0, self.clip_len - len(frames)), mode=mode)
        results['mask'] = np.ones(self.clip_len, bool)
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(clip_len={self.clip_len}, stride={self.stride}, '
                f'test_mode={self.test_mode})')
