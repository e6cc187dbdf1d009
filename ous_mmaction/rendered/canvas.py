"""Anti-aliased drawing in coordinates of one's own."""
from __future__ import annotations

import cv2
import numpy as np

# OpenCV takes fixed-point coordinates with this many fractional bits.
SHIFT = 4
_CIRCLE = np.stack([np.cos(np.linspace(0, 2 * np.pi, 28, endpoint=False)),
                    np.sin(np.linspace(0, 2 * np.pi, 28, endpoint=False))], axis=1)


class Canvas:
    """Draws filled shapes and lines on an image through an affine map.

    Args:
        image: (H, W, 3) uint8 RGB, C-contiguous; drawn on in place.
        matrix: (2, 3) float, own coordinates to pixels. By default the unit square is the image.
    """

    def __init__(self, image: np.ndarray, matrix: np.ndarray | None = None):
        self.image = image
        height, width = image.shape[:2]
        self.matrix = np.array([[width, 0, 0], [0, height, 0]], float) if matrix is None else matrix
        self.scale = float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))

    def pixels(self, points) -> np.ndarray:
        """(N, 2) own coordinates -> (N, 2) float pixels, 0 at the edge of the first pixel."""
        return np.asarray(points, float) @ self.matrix[:, :2].T + self.matrix[:, 2]

    def polygon(self, points, color) -> None:
        """Fill the polygon through (N, 2) `points` with an RGB `color` of 0..255."""
        cv2.fillPoly(self.image, [self._fixed(points)], _rgb(color), cv2.LINE_AA, SHIFT)

    def ellipse(self, center, axes, color, angle: float = 0.0) -> None:
        """Fill an ellipse with half `axes` (x, y), turned by `angle` radians."""
        cos, sin = np.cos(angle), np.sin(angle)
        turned = (_CIRCLE * axes) @ np.array([[cos, sin], [-sin, cos]])
        self.polygon(turned + center, color)

    def line(self, points, color, width: float, closed: bool = False) -> None:
        """Draw a line through (N, 2) `points`; `width` in own units, at least one pixel."""
        self.lines([points], color, width, closed)

    def lines(self, strokes, color, width: float, closed: bool = False) -> None:
        """Draw several lines of one colour and width at once."""
        fixed = [self._fixed(points) for points in strokes]
        thickness = max(1, round(width * self.scale))
        cv2.polylines(self.image, fixed, closed, _rgb(color), thickness, cv2.LINE_AA, SHIFT)

    def gradient(self, top, bottom, start: float = 0.0, stop: float = 1.0) -> None:
        """Fill the rows between the shares `start` and `stop` of the height, `top` to `bottom`."""
        height = self.image.shape[0]
        first, last = round(start * height), round(stop * height)
        share = np.linspace(0, 1, last - first)[:, None, None]
        self.image[first:last] = np.asarray(top) * (1 - share) + np.asarray(bottom) * share

    def _fixed(self, points) -> np.ndarray:
        # OpenCV's coordinates count from the centre of the first pixel.
        return np.rint((self.pixels(points) - 0.5) * (1 << SHIFT)).astype(np.int32)


def mix(first, second, share: float) -> np.ndarray:
    """The colour at `share` of the way from `first` to `second`."""
    return np.asarray(first, float) * (1 - share) + np.asarray(second, float) * share


def _rgb(color) -> tuple[int, int, int]:
    return tuple(int(min(max(channel, 0), 255)) for channel in color)
