from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


def sample_views(total_frames: int, clip_len: int, stride: int, num_views: int) -> np.ndarray:
    """Choose the frames of VideoMAE's test views.

    Every ``stride``-th frame of the clip is listed, and the last one is repeated until there are
    ``clip_len``. The views are runs of this list, the first at its start and the last at its end.

    Args:
        total_frames (int): Length of the clip, at least 1.
        clip_len (int): Number of frames T of a view.
        stride (int): Distance of the frames of a view.
        num_views (int): Number of views V.

    Returns:
        np.ndarray: Frame numbers of shape (V, T), int64.

    Examples:
        >>> sample_views(13, clip_len=3, stride=4, num_views=2).tolist()
        [[0, 4, 8], [4, 8, 12]]
        >>> sample_views(5, clip_len=3, stride=4, num_views=2).tolist()
        [[0, 4, 4], [0, 4, 4]]
    """
    listed = np.arange(0, total_frames, stride, dtype=np.int64)
    listed = np.pad(listed, (0, max(0, clip_len - len(listed))), mode='edge')
    starts = (len(listed) - clip_len) * np.arange(num_views) // max(1, num_views - 1)
    return listed[starts[:, None] + np.arange(clip_len)]


def sample_window(total_frames: int, clip_len: int, stride: int) -> np.ndarray:
    """Draw the frames of a training clip as VideoMAE does.

    They are evenly spaced over a random window of ``clip_len * stride`` consecutive frames, the
    last of them at its end. In a shorter clip, the window starts at frame 0 and the last frame is
    repeated.

    Args:
        total_frames (int): Length of the clip, at least 1.
        clip_len (int): Number of frames T.
        stride (int): Window length over T.

    Returns:
        np.ndarray: Frame numbers of shape (T,), int64, ascending.
    """
    length = clip_len * stride
    start = np.random.randint(max(0, total_frames - length) + 1)
    points = np.linspace(start, start + length, clip_len).astype(np.int64)
    return points.clip(max=min(start + length, total_frames) - 1)


@TRANSFORMS.register_module()
class SampleViews(BaseTransform):
    """Choose the frames of a clip as VideoMAE does: one random window, or several test views.

    The released MAE-DFER, SVFAP, S2D and FRU-Adapter score a clip by the mean of its views'
    probabilities. Their two spatial views are the same, because frames are resized to a square
    first, and are therefore not repeated here.

    Required keys: ``total_frames``. Added keys: ``frame_inds`` ((V * T,) int64), ``mask``
    ((V * T,) bool, False where the last frame of a short clip is repeated), ``clip_len`` (T) and
    ``num_clips`` (V, 1 in training).

    Args:
        clip_len (int): Number of frames T of a view. Defaults to 16.
        stride (int): Distance of the frames. Defaults to 1.
        num_views (int): Number of test views. Defaults to 2.
        test_mode (bool): Whether to take the test views. Defaults to False.

    Raises:
        ValueError: If a number is not positive.
    """

    def __init__(self, clip_len: int = 16, stride: int = 1, num_views: int = 2,
                 test_mode: bool = False) -> None:
        for name, value in (('clip_len', clip_len), ('stride', stride), ('num_views', num_views)):
            if value < 1:
                raise ValueError(f'The key `SampleViews.{name}` must be at least 1, but got '
                                 f'{value}')
        self.clip_len = clip_len
        self.stride = stride
        self.num_views = num_views
        self.test_mode = test_mode

    def transform(self, results: dict) -> dict:
        """Add the frame numbers and the mask."""
        total = results['total_frames']
        if self.test_mode:
            frames = sample_views(total, self.clip_len, self.stride, self.num_views)
        else:
            frames = sample_window(total, self.clip_len, self.stride)[None]
        # A frame that repeats the one before it is padding.
        mask = np.diff(frames, axis=1, prepend=-1) > 0
        results.update(frame_inds=frames.ravel(), mask=mask.ravel(), clip_len=self.clip_len,
                       num_clips=len(frames))
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(clip_len={self.clip_len}, stride={self.stride}, '
                f'num_views={self.num_views}, test_mode={self.test_mode})')
