from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PasserBy:
    """A board that is carried past the camera and hides faces for a moment.

    Args:
        start (float): Time in seconds at which it enters the frame.
        stop (float): Time in seconds at which it has left the frame.
        width (int): Width of the board in pixels; it is as high as the frame.
        to_right (bool): Whether it moves to the right.
        color (tuple[int, int, int]): RGB of 0..255.
    """
    start: float
    stop: float
    width: int
    to_right: bool
    color: tuple[int, int, int]

    def columns(self, time: float, width: int) -> tuple[int, int]:
        """Return the first column that the board hides and the first that it does not hide again.

        Args:
            time (float): Time in seconds.
            width (int): Width of the frame in pixels.
        """
        share = (time - self.start) / (self.stop - self.start)
        if not 0 <= share <= 1:
            return 0, 0
        left = round((share if self.to_right else 1 - share) * (width + self.width)) - self.width
        return max(left, 0), min(left + self.width, width)

    def draw(self, frame: np.ndarray, time: float) -> None:
        """Draw the board on an RGB frame (H, W, 3) in place."""
        left, right = self.columns(time, frame.shape[1])
        frame[:, left:right] = self.color
