"""Where a head is and how it is held."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pose:
    """Place and attitude of a head in an image."""
    x: float      # centre, pixels
    y: float
    height: float  # of the upright head, pixels
    roll: float = 0.0   # radians, clockwise
    yaw: float = 0.0    # shift of the features to the right, in units of half the head's height
    pitch: float = 0.0  # shift of the features downwards

    def matrix(self) -> np.ndarray:
        """(2, 3) map from head units (y from -1, crown, to 1, chin) to pixels."""
        cos, sin = np.cos(self.roll) * self.height / 2, np.sin(self.roll) * self.height / 2
        return np.array([[cos, -sin, self.x], [sin, cos, self.y]])
