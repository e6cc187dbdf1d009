from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from torchvision.transforms.v2.functional import rotate


@TRANSFORMS.register_module()
class FaceSceneRotate(BaseTransform):
    """Rotate all frames of each stream by an angle of its own (CLIP-CAER).

    Required and modified keys: ``face``, ``scene`` ((T, 3, H, W) uint8).

    Args:
        degrees (float): Largest angle in both directions. Defaults to 4.
    """

    def __init__(self, degrees: float = 4) -> None:
        self.degrees = degrees

    def transform(self, results: dict) -> dict:
        """Rotate both streams."""
        for stream in ('face', 'scene'):
            angle = np.random.uniform(-self.degrees, self.degrees)
            results[stream] = rotate(results[stream], angle)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(degrees={self.degrees})'
