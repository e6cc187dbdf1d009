"""The warning of a model that was trained on drawings and meets a real face."""
from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..detection.drawn_faces import looks_drawn

DRAWINGS = 'Rendered'  # the dataset's name in the annotations of the rendered benchmark
# A drawn face is rarely taken for a real one, and then in single frames.
REAL_FACE_FRAMES = 3
REAL_FACE_WARNING = ('The model was trained on drawings, but here is a face that is not drawn. '
                     'What the model says about it means nothing')


def trained_on_drawings(checkpoint: dict) -> bool:
    """Whether a checkpoint's own record names the rendered benchmark as its training data.

    Args:
        checkpoint (dict): Content of the checkpoint.
    """
    meta = checkpoint.get('meta') or {}
    return (meta.get('dataset_meta') or {}).get('dataset') == DRAWINGS


def has_real_face(frame: np.ndarray, boxes: Iterable[np.ndarray]) -> bool:
    """Whether a face of a frame is not a drawing.

    Args:
        frame (np.ndarray): RGB frame of shape (H, W, 3), uint8.
        boxes (Iterable[np.ndarray]): Boxes xyxy of the faces in pixels, of shape (4,) each.
    """
    return not all(looks_drawn(frame, box) for box in boxes)
