"""How an expression comes and goes."""
from __future__ import annotations

import numpy as np


def intensities(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """Draw the intensity of an expression over a clip: onset, apex, offset.

    Args:
        rng (np.random.Generator): Draws the times and heights of the phases.
        num_frames (int): Number of frames T.

    Returns:
        np.ndarray: Intensities in 0..1 of shape (T,).
    """
    begin, peak = rng.uniform(0, 0.12), rng.uniform(0.2, 0.34)
    leave, end = rng.uniform(0.72, 0.85), rng.uniform(0.92, 1.1)
    first, apex, last = rng.uniform(0, 0.3), rng.uniform(0.88, 1), rng.uniform(0.2, 0.6)
    time = (np.arange(num_frames) + 0.5) / num_frames
    rise = _smoothstep((time - begin) / (peak - begin))
    fall = _smoothstep((time - leave) / (end - leave))
    return (first + (apex - first) * rise) * (1 - fall) + last * fall


def _smoothstep(share: np.ndarray) -> np.ndarray:
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)
