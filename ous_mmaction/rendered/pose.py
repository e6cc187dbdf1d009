"""Position and attitude of a head."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pose:
    """Position and attitude of a head in an image.

    Args:
        x (float): Horizontal position of the center in pixels.
        y (float): Vertical position of the center in pixels.
        height (float): Height of the upright head in pixels.
        roll (float): Clockwise rotation in radians.
        yaw (float): Shift of the features to the right, in units of half the head's height.
        pitch (float): Shift of the features downward, in units of half the head's height.
    """
    x: float
    y: float
    height: float
    roll: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0

    def matrix(self) -> np.ndarray:
        """Return the map from head units (y from -1, crown, to 1, chin) to pixels, shape (2, 3)."""
        cos, sin = np.cos(self.roll) * self.height / 2, np.sin(self.roll) * self.height / 2
        return np.array([[cos, -sin, self.x], [sin, cos, self.y]])
