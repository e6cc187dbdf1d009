from __future__ import annotations

from typing import NamedTuple

import numpy as np


class TimedFrame(NamedTuple):
    """One frame of a film.

    Attributes:
        index (int): Number of the frame in the film, from 0.
        time (float): Time in seconds at which it is shown.
        image (np.ndarray): RGB of shape (H, W, 3), uint8.
    """

    index: int
    time: float
    image: np.ndarray
