"""Whether a face is one of the rendered benchmark's drawings or may be real."""
from __future__ import annotations

import cv2
import numpy as np

# Share of a face's pixels in one color from which it is a drawing. Measured: 0.28 and more on
# rendered clips and films; on a real film 0.01 to 0.15, and 0.09 to 0.26 where it is overexposed.
FLAT = 0.2
# Side of the crop, and largest distance to a color that counts as the same, in units of the
# contrast of the face.
SIDE, SAME_COLOR = 32, 0.04


def looks_drawn(frame: np.ndarray, box: np.ndarray) -> bool:
    """Tell a drawn face by the flat color of its skin, which no camera delivers.

    A drawing that was compressed until its colors broke up may pass for real.

    Args:
        frame (np.ndarray): RGB frame of shape (H, W, 3), uint8.
        box (np.ndarray): Box xyxy of the face in pixels, of shape (4,).

    Returns:
        bool: Whether the face is a drawing.
    """
    return main_color_share(frame, box) >= FLAT


def main_color_share(frame: np.ndarray, box: np.ndarray) -> float:
    """Return the share of the pixels inside a face (4,) of a frame (H, W, 3) that have one color.

    Examples:
        >>> frame = np.full((64, 64, 3), 200, np.uint8)
        >>> frame[:, :32] = 50
        >>> main_color_share(frame, np.array([0, 0, 64, 64]))
        0.5
    """
    center, reach = (box[:2] + box[2:4]) / 2, 0.35 * (box[2:4] - box[:2])
    x0, y0 = np.clip(center - reach, 0, None).astype(int)
    x1, y1 = np.ceil(center + reach).astype(int)
    crop = frame[y0:y1, x0:x1]
    if not crop.size:
        return 0.0
    pixels = cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    low, high = np.percentile(pixels.mean(axis=1), [2, 98])
    pixels = pixels / np.float32(max(high - low, 8))  # darkness and haze change no share
    return float(max((np.abs(pixels - color).max(axis=1) <= SAME_COLOR).mean()
                     for color in pixels[::8]))
