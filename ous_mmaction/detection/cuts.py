"""Cut detection by the content of successive frames, as PySceneDetect's ``ContentDetector`` does.

The library itself keeps its state in private attributes and cannot resume, so the rule is written
here; a test compares the two.
"""
from __future__ import annotations

import cv2
import numpy as np

SIDE = 64  # pixels of a thumbnail; noise and small motion average out
CUT = 27.0  # PySceneDetect's threshold


def thumbnail(frame: np.ndarray) -> np.ndarray:
    """Shrink an RGB frame (H, W, 3) to what cuts are found by: HSV of shape (64, 64, 3), uint8."""
    small = cv2.resize(frame, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2HSV)


def content_change(before: np.ndarray, after: np.ndarray) -> float:
    """Return the mean absolute difference of two HSV images over pixels and channels, 0..255.

    Examples:
        >>> content_change(np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 30, np.uint8))
        30.0
    """
    return float(np.abs(before.astype(np.int32) - after).mean())
