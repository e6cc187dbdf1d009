"""Anti-aliased drawing in user coordinates."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Union

import cv2
import numpy as np

# N points (x, y).
Points = Union[np.ndarray, Sequence[Sequence[float]]]
# One point (x, y).
Point = Union[np.ndarray, Sequence[float]]
# RGB of 0..255.
Color = Union[np.ndarray, Sequence[float]]

# OpenCV takes fixed-point coordinates with this many fractional bits.
SHIFT = 4
_CIRCLE = np.stack([np.cos(np.linspace(0, 2 * np.pi, 28, endpoint=False)),
                    np.sin(np.linspace(0, 2 * np.pi, 28, endpoint=False))], axis=1)


class Canvas:
    """Image that filled shapes and lines are drawn on through an affine map.

    Args:
        image (np.ndarray): RGB image of shape (H, W, 3), uint8, C-contiguous. It is drawn on in
            place.
        matrix (np.ndarray, optional): Map from user coordinates to pixels of shape (2, 3), float.
            Defaults to the map of the unit square to the image.
    """

    def __init__(self, image: np.ndarray, matrix: np.ndarray | None = None) -> None:
        self.image = image
        height, width = image.shape[:2]
        self.matrix = np.array([[width, 0, 0], [0, height, 0]], float) if matrix is None else matrix
        self.scale = float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))

    def pixels(self, points: Points) -> np.ndarray:
        """Map user coordinates to pixels.

        Args:
            points (Points): User coordinates of shape (N, 2).

        Returns:
            np.ndarray: Pixels of shape (N, 2), float, with 0 at the edge of the first pixel.
        """
        return np.asarray(points, float) @ self.matrix[:, :2].T + self.matrix[:, 2]

    def polygon(self, points: Points, color: Color) -> None:
        """Fill a polygon.

        Args:
            points (Points): Corners of shape (N, 2).
            color (Color): RGB of 0..255.
        """
        cv2.fillPoly(self.image, [self._fixed(points)], _rgb(color), cv2.LINE_AA, SHIFT)

    def ellipse(self, center: Point, axes: Point, color: Color, angle: float = 0.0) -> None:
        """Fill an ellipse.

        Args:
            center (Point): Center of shape (2,).
            axes (Point): Half axes (x, y).
            color (Color): RGB of 0..255.
            angle (float): Rotation in radians.
        """
        cos, sin = np.cos(angle), np.sin(angle)
        turned = (_CIRCLE * axes) @ np.array([[cos, sin], [-sin, cos]])
        self.polygon(turned + center, color)

    def line(self, points: Points, color: Color, width: float, closed: bool = False) -> None:
        """Draw a line.

        Args:
            points (Points): Points of shape (N, 2) on the line.
            color (Color): RGB of 0..255.
            width (float): Width in user units; the line is at least one pixel wide.
            closed (bool): Whether the last point is joined to the first.
        """
        self.lines([points], color, width, closed)

    def lines(self, strokes: Sequence[Points], color: Color, width: float,
              closed: bool = False) -> None:
        """Draw several lines of the same color and width.

        Args:
            strokes (Sequence[Points]): Points of each line, of shape (N, 2).
            color (Color): RGB of 0..255.
            width (float): Width in user units; the lines are at least one pixel wide.
            closed (bool): Whether the last point of each line is joined to the first.
        """
        fixed = [self._fixed(points) for points in strokes]
        thickness = max(1, round(width * self.scale))
        cv2.polylines(self.image, fixed, closed, _rgb(color), thickness, cv2.LINE_AA, SHIFT)

    def gradient(self, top: Color, bottom: Color, start: float = 0.0, stop: float = 1.0) -> None:
        """Fill rows of the image with a vertical gradient.

        Args:
            top (Color): RGB of the first row.
            bottom (Color): RGB of the last row.
            start (float): Share of the height at which the gradient starts.
            stop (float): Share of the height at which the gradient ends.
        """
        height = self.image.shape[0]
        first, last = round(start * height), round(stop * height)
        share = np.linspace(0, 1, last - first)[:, None, None]
        self.image[first:last] = np.asarray(top) * (1 - share) + np.asarray(bottom) * share

    def _fixed(self, points: Points) -> np.ndarray:
        # The coordinates of OpenCV count from the center of the first pixel.
        return np.rint((self.pixels(points) - 0.5) * (1 << SHIFT)).astype(np.int32)


def mix(first: Color, second: Color, share: float) -> np.ndarray:
    """Mix two colors.

    Args:
        first (Color): RGB of 0..255.
        second (Color): RGB of 0..255.
        share (float): Share of the way from the first color to the second.

    Returns:
        np.ndarray: RGB of shape (3,), float.

    Examples:
        >>> mix((0, 0, 0), (200, 100, 0), 0.25).tolist()
        [50.0, 25.0, 0.0]
    """
    return np.asarray(first, float) * (1 - share) + np.asarray(second, float) * share


def _rgb(color: Color) -> tuple[int, int, int]:
    return tuple(int(min(max(channel, 0), 255)) for channel in color)
