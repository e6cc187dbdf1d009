from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from torchvision.transforms.v2.functional import horizontal_flip


@TRANSFORMS.register_module()
class FaceSceneFlip(BaseTransform):
    """Mirror all frames of both streams, or of each stream, or none.

    Required and modified keys: ``face``, ``scene`` ((T, 3, H, W) uint8).

    Args:
        prob (float): Probability of mirroring. Defaults to 0.5.
        shared (bool): Whether both streams are mirrored together. If not, each draws for itself
            (CLIP-CAER). Defaults to True.
    """

    def __init__(self, prob: float = 0.5, shared: bool = True) -> None:
        self.prob = prob
        self.shared = shared

    def transform(self, results: dict) -> dict:
        """Mirror the streams with the given probability."""
        for streams in [('face', 'scene')] if self.shared else [('face',), ('scene',)]:
            if np.random.rand() < self.prob:
                for stream in streams:
                    results[stream] = horizontal_flip(results[stream])
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob}, shared={self.shared})'
