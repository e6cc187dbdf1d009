from __future__ import annotations

from typing import NamedTuple

import numpy as np


class TrackedFace(NamedTuple):
    """A face in one frame, and the person that it belongs to.

    Attributes:
        person (int): Number of the person, counted from 1 in the order of first appearance.
        box (np.ndarray): Box xyxy in pixels of shape (4,), float32.
        score (float): Score of the detector.
    """

    person: int
    box: np.ndarray
    score: float
