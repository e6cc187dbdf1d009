from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2.functional import resized_crop


@TRANSFORMS.register_module()
class FaceSceneRandomCrop(BaseTransform):
    """Crop the same square, relative to the frame, from all frames of both streams.

    The crop is resized back to the size of the frame.

    Required and modified keys: ``face``, ``scene`` ((T, 3, S, S) uint8).

    Args:
        scale (tuple[float, float]): Smallest and largest side of the crop over the side of the
            frame. Defaults to (0.8, 1.0).

    Raises:
        ValueError: If ``scale`` does not rise within 0..1.
    """

    def __init__(self, scale: tuple[float, float] = (0.8, 1.0)) -> None:
        if not 0 < scale[0] <= scale[1] <= 1:
            raise ValueError('The key `FaceSceneRandomCrop.scale` must rise within 0..1, '
                             f'but got {scale}')
        self.scale = tuple(scale)

    def transform(self, results: dict) -> dict:
        """Crop a random square from both streams."""
        scale = np.random.uniform(*self.scale)
        offset = np.random.rand(2)
        for stream in ('face', 'scene'):
            size = results[stream].shape[-1]
            side = max(1, round(size * scale))
            top, left = (int(value) for value in np.floor(offset * (size - side + 1)))
            results[stream] = resized_crop(results[stream], top, left, side, side, [size, size],
                                           InterpolationMode.BICUBIC, antialias=True)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(scale={self.scale})'
