"""Frames of any size and aspect, turned into squares."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2.functional import center_crop, pad, resize

# The pixel mean of CLIP without its decimals. The preprocessor turns it into 0 within 0.012.
CLIP_MEAN_COLOR = (122, 116, 104)
INTERPOLATIONS = ('bicubic', 'bilinear', 'bicubic_float', 'canvas')
ASPECTS = ('squash', 'crop', 'pad')


def letterbox(frame: np.ndarray, size: int) -> np.ndarray:
    """Resize a frame into a square with its aspect, between black bars (OpenCV, bilinear).

    Args:
        frame (np.ndarray): RGB frame of shape (H, W, 3), uint8.
        size (int): Side in pixels.

    Returns:
        np.ndarray: Frame of shape (size, size, 3). An odd pixel of the bars is right or below.

    Examples:
        >>> letterbox(np.full((2, 4, 3), 255, np.uint8), 4)[..., 0].tolist()
        [[0, 0, 0, 0], [255, 255, 255, 255], [255, 255, 255, 255], [0, 0, 0, 0]]
    """
    height, width = frame.shape[:2]
    ratio = min(size / width, size / height)
    width, height = int(width * ratio), int(height * ratio)
    canvas = np.zeros((size, size, 3), np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    canvas[top:top + height, left:left + width] = cv2.resize(
        frame, (width, height), interpolation=cv2.INTER_LINEAR)
    return canvas


def paste_on_canvas(frame: np.ndarray) -> np.ndarray:
    """Paste a frame on a black canvas of 168 x 112 pixels, as the released OUS code does.

    A frame that is wider than 160 or higher than 110 pixels is first shrunk to fit into these, with
    its aspect (OpenCV, bicubic, not antialiased). It lies in the upper left corner.

    Args:
        frame (np.ndarray): RGB frame of shape (H, W, 3), uint8.

    Returns:
        np.ndarray: Canvas of shape (112, 168, 3).

    Examples:
        >>> canvas = paste_on_canvas(np.full((224, 224, 3), 255, np.uint8))
        >>> int(canvas[:110, :110].min()), int(canvas[110:].max()), int(canvas[:, 110:].max())
        (255, 0, 0)
    """
    scale = min(110 / frame.shape[0], 160 / frame.shape[1])
    if scale < 1:
        frame = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    canvas = np.zeros((112, 168, 3), np.uint8)
    canvas[:frame.shape[0], :frame.shape[1]] = frame
    return canvas


def resize_frames(frames: np.ndarray,
                  size: int,
                  interpolation: str = 'bicubic',
                  aspect: str = 'squash',
                  color: Sequence[int] = CLIP_MEAN_COLOR) -> Tensor:
    """Resize frames of any aspect to a square.

    Args:
        frames (np.ndarray): RGB frames of shape (T, H, W, 3), uint8.
        size (int): Side in pixels.
        interpolation (str): ``'bicubic'``, antialiased, as CLIP does; ``'bilinear'``, antialiased,
            as PIL does by default; ``'bicubic_float'``, not antialiased and not rounded, with the
            aspect ``'crop'``, as EmoCLIP does; ``'canvas'``, by :func:`paste_on_canvas`, of which
            the middle is shown, enlarged bilinearly so that 7/8 of its height fill the square, as
            the released OUS code does. Defaults to ``'bicubic'``.
        aspect (str): ``'squash'`` resizes both sides to ``size``. ``'crop'`` resizes the shorter
            side to it and cuts the longer one off at both ends, as CLIP does. ``'pad'`` resizes
            the longer side to it and centers the frame between bars. ``'bicubic_float'`` and
            ``'canvas'`` do not read it. Defaults to ``'squash'``.
        color (Sequence[int]): RGB of the bars. Defaults to the pixel mean of CLIP.

    Returns:
        Tensor: RGB frames of shape (T, 3, size, size), uint8, or float32 if not rounded. An odd
        pixel of the bars is right or below.
    """
    shorter = size
    if interpolation == 'canvas':
        frames = np.stack([paste_on_canvas(frame) for frame in frames])
        interpolation, aspect, shorter = 'bilinear', 'crop', round(size * 8 / 7)
    images = torch.from_numpy(frames).permute(0, 3, 1, 2)
    antialias = interpolation != 'bicubic_float'
    if not antialias:
        images, aspect = images.float(), 'crop'
    mode = InterpolationMode(interpolation.replace('_float', ''))
    if aspect == 'crop':
        resized = resize(images, [shorter], mode, antialias=antialias)
        return center_crop(resized, [size, size]).contiguous()
    height, width = images.shape[2:] if aspect == 'pad' else (1, 1)  # squashed: as if square
    inner = [max(1, round(side * size / max(height, width))) for side in (height, width)]
    down, across = (size - side for side in inner)
    resized = resize(images, inner, mode, antialias=True)
    return pad(resized, [across // 2, down // 2, across - across // 2, down - down // 2],
               fill=list(color)).contiguous()
