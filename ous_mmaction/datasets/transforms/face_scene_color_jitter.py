from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from torch import Tensor
from torchvision.transforms.v2.functional import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
)


@TRANSFORMS.register_module()
class FaceSceneColorJitter(BaseTransform):
    """Change the colors of all frames of both streams by the same factors in the same order.

    The factors are drawn as in torchvision's ``ColorJitter``: uniformly from ``1 - x .. 1 + x``,
    and the shift of the hue from ``-x .. x``. The order of the four changes is random.

    Required and modified keys: ``face``, ``scene`` ((T, 3, H, W) uint8).

    Args:
        brightness (float): Strength between 0 and 1. Defaults to 0.2.
        contrast (float): Strength between 0 and 1. Defaults to 0.2.
        saturation (float): Strength between 0 and 1. Defaults to 0.2.
        hue (float): Share of the color circle, at most 0.5. Defaults to 0.

    Raises:
        ValueError: If a strength is out of range.
    """

    def __init__(self,
                 brightness: float = 0.2,
                 contrast: float = 0.2,
                 saturation: float = 0.2,
                 hue: float = 0.0) -> None:
        strengths = dict(brightness=brightness, contrast=contrast, saturation=saturation, hue=hue)
        for name, strength in strengths.items():
            limit = 0.5 if name == 'hue' else 1
            if not 0 <= strength <= limit:
                raise ValueError(f'The key `FaceSceneColorJitter.{name}` must lie within '
                                 f'0..{limit}, but got {strength}')
        self.strengths = strengths

    def draw(self) -> list[tuple[str, float]]:
        """Draw the names and factors of the changes, in the order in which they apply."""
        factors = [(name, np.random.uniform(-strength, strength) + (name != 'hue'))
                   for name, strength in self.strengths.items()]
        return [factors[i] for i in np.random.permutation(len(factors))
                if self.strengths[factors[i][0]] > 0]

    def transform(self, results: dict) -> dict:
        """Change the colors of both streams."""
        changes = self.draw()
        for stream in ('face', 'scene'):
            results[stream] = adjust_colors(results[stream], changes)
        return results

    def __repr__(self) -> str:
        values = ', '.join(f'{name}={value}' for name, value in self.strengths.items())
        return f'{type(self).__name__}({values})'


def adjust_colors(frames: Tensor, changes: list[tuple[str, float]]) -> Tensor:
    """Apply named color changes one after the other.

    Args:
        frames (Tensor): RGB frames of shape (T, 3, H, W), uint8.
        changes (list[tuple[str, float]]): ``'brightness'``, ``'contrast'``, ``'saturation'`` or
            ``'hue'``, each with its factor.

    Returns:
        Tensor: Changed frames of shape (T, 3, H, W), uint8.
    """
    adjust = dict(brightness=adjust_brightness, contrast=adjust_contrast,
                  saturation=adjust_saturation, hue=adjust_hue)
    for name, factor in changes:
        frames = adjust[name](frames, factor)
    return frames
