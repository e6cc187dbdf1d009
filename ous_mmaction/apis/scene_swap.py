"""Another scene behind an unchanged face."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2.functional import gaussian_blur

from ..checks import one_of
from ..datasets.transforms.resizing import CLIP_MEAN_COLOR, resize_frames
from .window_model import View

SCENES = ('blank', 'blurred', 'picture')


def swap_scene(views: Sequence[View],
               scene: str,
               picture: np.ndarray | None = None,
               aspect: str = 'squash') -> list[View]:
    """Exchange what the scene stream shows; the face stream stays as it is.

    Args:
        views (Sequence[View]): What a model with two streams reads of the frames of a clip.
        scene (str): ``'blank'`` for the mean color of CLIP everywhere, ``'blurred'`` for the same
            scene without details, or ``'picture'`` for another picture in every frame.
        picture (np.ndarray, optional): RGB of shape (H, W, 3), uint8, for ``'picture'``.
        aspect (str): How the picture becomes a square, see :func:`resize_frames`. Defaults to
            ``'squash'``.

    Returns:
        list[View]: New views.

    Raises:
        ValueError: If the model has no scene stream, or the picture is missing.
    """
    one_of('scene', scene, SCENES)
    if any('scene' not in view for view in views):
        raise ValueError('This model reads faces only, so that there is no scene to swap. Choose a '
                         'model with two streams, such as OUS')
    if scene == 'picture' and picture is None:
        raise ValueError('The picture of the other scene is missing. Upload one')
    return [dict(view, scene=_swapped(view['scene'], scene, picture, aspect))
            for view in views]


def _swapped(frame: Tensor, scene: str, picture: np.ndarray | None, aspect: str) -> Tensor:
    """Return another frame of the same shape, (1, 3, S, S) or (1, 3, 1, S, S)."""
    side = frame.shape[-1]
    if scene == 'blank':
        color = torch.tensor(CLIP_MEAN_COLOR, dtype=torch.uint8)
        return color.view(1, 3, *[1] * (frame.dim() - 2)).expand_as(frame).contiguous()
    if scene == 'blurred':
        # A standard deviation of an eighth of the side leaves the light and the main colors.
        blurred = gaussian_blur(frame.reshape(1, 3, side, side), [2 * (side // 4) + 1] * 2,
                                [side / 8] * 2)
        return blurred.reshape(frame.shape)
    resized = resize_frames(np.ascontiguousarray(picture)[None], side, aspect=aspect)
    return resized.reshape(frame.shape)
