"""What a person looks like, cheaply: the colors of hair, face and clothes."""
from __future__ import annotations

import cv2
import numpy as np

# Parts (x0, y0, x1, y1) in units of the face box, from its upper left corner: hair, face, clothes.
# They are narrower than the head, so that little background lies in them.
PARTS = ((0.25, -0.05, 0.75, 0.15), (0.2, 0.3, 0.8, 0.9), (0.1, 1.1, 0.9, 1.25))
# Share of each part in the similarity. The color of a face changes with light and expression.
SHARES = (0.3, 0.2, 0.5)
BINS = (6, 10, 10)  # of L, a, b


def face_appearance(frame: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Describe faces by one color histogram of each part of the person.

    The cosine similarity of two descriptions is the weighted mean of the parts' Bhattacharyya
    coefficients: 1 for equal colors, 0 for colors that share nothing.

    Args:
        frame (np.ndarray): RGB frame of shape (H, W, 3), uint8.
        boxes (np.ndarray): Boxes xyxy in pixels of shape (N, 4), at least one.

    Returns:
        np.ndarray: Unit vectors of shape (N, D), float32.
    """
    return np.stack([
        np.concatenate([np.float32(share**0.5) * _histogram(_crop(frame, box, part))
                        for part, share in zip(PARTS, SHARES)])
        for box in boxes])


def _crop(frame: np.ndarray, box: np.ndarray, part: tuple[float, ...]) -> np.ndarray:
    """Crop a part, moved inside the frame where it lies outside, to a Lab image of 24 x 24."""
    height, width = frame.shape[:2]
    corner, extent = box[:2], box[2:4] - box[:2]
    x0, y0, x1, y1 = np.concatenate([corner + extent * part[:2], corner + extent * part[2:]])
    x0, y0 = int(np.clip(x0, 0, width - 2)), int(np.clip(y0, 0, height - 2))
    x1, y1 = int(np.clip(x1, x0 + 2, width)), int(np.clip(y1, y0 + 2, height))
    small = cv2.resize(frame[y0:y1, x0:x1], (24, 24), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2LAB)


def _histogram(part: np.ndarray) -> np.ndarray:
    """Square root of the smoothed shares of the colors: a unit vector of shape (prod(BINS),)."""
    part = part.clip((0, 64, 64), (255, 191, 191)).astype(np.uint8)  # strong colors count as well
    counts = cv2.calcHist([part], [0, 1, 2], None, BINS, [0, 256, 64, 192, 64, 192])
    for axis in range(3):  # neighboring bins share, so that a slight change of color costs little
        counts = np.moveaxis(counts, axis, 0)
        padded = np.pad(counts, ((1, 1), (0, 0), (0, 0)), 'edge')
        counts = np.moveaxis((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4, 0, axis)
    return np.sqrt(counts / max(counts.sum(), 1e-12)).astype(np.float32).ravel()
