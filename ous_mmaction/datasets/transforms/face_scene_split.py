from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2.functional import resize

from ...checks import one_of

# CLIP's pixel mean: what the preprocessor turns into zero.
CLIP_MEAN_COLOUR = (122, 116, 104)


def square_around(box: np.ndarray, margin: float, size: tuple[int, int]) -> tuple[int, int, int]:
    """The square of pixels that shows a face.

    It is centred on the box and ``margin`` times as wide as the longer side. Where it would leave
    the frame it is shifted back inside; in a direction in which it is longer than the frame it is
    centred on the frame.

    Args:
        box (np.ndarray): (4,) xyxy, pixels; may leave the frame.
        margin (float): Factor on the longer side.
        size (tuple[int, int]): Height and width of the frame, pixels.

    Returns:
        tuple[int, int, int]: Top, left and side, pixels. Top and left are negative where the
        square is longer than the frame.
    """
    left, top, right, bottom = (float(value) for value in box)
    side = max(1, round(max(right - left, bottom - top) * margin))

    def place(centre: float, length: int) -> int:
        if side > length:
            return (length - side) // 2
        return min(max(round(centre - side / 2), 0), length - side)

    return place((top + bottom) / 2, size[0]), place((left + right) / 2, size[1]), side


def crop_square(frame: np.ndarray, top: int, left: int, side: int) -> np.ndarray:
    """Cut a square out of a frame, repeating the border where it reaches beyond.

    Args:
        frame (np.ndarray): (H, W, 3).
        top (int): First row.
        left (int): First column.
        side (int): Rows and columns.

    Returns:
        np.ndarray: (side, side, 3); a view where the square lies inside the frame.
    """
    height, width = frame.shape[:2]
    crop = frame[max(top, 0):top + side, max(left, 0):left + side]
    padding = [(max(-top, 0), max(top + side - height, 0)),
               (max(-left, 0), max(left + side - width, 0)), (0, 0)]
    return np.pad(crop, padding, mode='edge') if np.any(padding) else crop


def fill_box(frame: np.ndarray, box: np.ndarray, margin: float, colour: Sequence[int]) -> None:
    """Paint over a box scaled by ``margin``, in place; what lies outside the frame is left off.

    Args:
        frame (np.ndarray): (H, W, 3).
        box (np.ndarray): (4,) xyxy, pixels.
        margin (float): Factor on both sides.
        colour (Sequence[int]): (3,) RGB.
    """
    centre, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) * margin / 2
    left, top = np.floor(centre - half).clip(0).astype(int)
    right, bottom = np.ceil(centre + half).clip(0).astype(int)
    frame[top:bottom, left:right] = colour


def resize_frames(frames: np.ndarray, size: int) -> torch.Tensor:
    """Resize to a square as CLIP does (bicubic, antialiased), whatever the aspect.

    Args:
        frames (np.ndarray): (T, H, W, 3) uint8.
        size (int): Side, pixels.

    Returns:
        torch.Tensor: (T, 3, size, size) uint8.
    """
    images = torch.from_numpy(frames).permute(0, 3, 1, 2)
    return resize(images, [size, size], InterpolationMode.BICUBIC, antialias=True).contiguous()


@TRANSFORMS.register_module()
class FaceSceneSplit(BaseTransform):
    """Split the frames of a clip into its two streams.

    ``face`` is a square around the face. ``scene`` is the whole frame, resized to a square without
    regard to its aspect: a centre crop would lose the surroundings that the stream is there for,
    and with a letterbox 44 % of the vision tower's tokens would look at the bars of a 16:9 clip.
    In a clip without a face, ``face`` is the whole frame too.

    Required keys: ``imgs`` ((T, H, W, 3) uint8 RGB), ``face_boxes`` ((T, 4) xyxy, pixels),
    ``face_found``. Added keys: ``face`` and ``scene``, (T, 3, S, S) uint8. Removed: ``imgs``.

    Args:
        size (int): S, pixels. Defaults to 224.
        margin (float): Side of the face square over the longer side of the box. Defaults to 1.1.
        scene (str): ``'full'``; ``'masked'`` to paint the face over; ``'blank'`` for one colour
            everywhere, which leaves a face-only model; ``'face'`` for the face stream once more
            (the released code on DFEW). Defaults to ``'full'``.
        fill (Sequence[int]): RGB that paints over. Defaults to CLIP's pixel mean.
    """

    def __init__(self,
                 size: int = 224,
                 margin: float = 1.1,
                 scene: str = 'full',
                 fill: Sequence[int] = CLIP_MEAN_COLOUR) -> None:
        one_of('FaceSceneSplit.scene', scene, ('full', 'masked', 'blank', 'face'))
        self.size = size
        self.margin = margin
        self.scene = scene
        self.fill = tuple(fill)

    def transform(self, results: dict) -> dict:
        frames = results.pop('imgs')
        boxes, found = results['face_boxes'], results['face_found']
        results['face'] = self.face_stream(frames, boxes, found)
        results['scene'] = (results['face'].clone() if self.scene == 'face' else
                            self.scene_stream(frames, boxes, found))
        return results

    def face_stream(self, frames: np.ndarray, boxes: np.ndarray, found: bool) -> torch.Tensor:
        """(T, 3, S, S) uint8: the square around the face, or the frame where there is none."""
        if not found:
            return resize_frames(frames, self.size)
        crops = [crop_square(frame, *square_around(box, self.margin, frame.shape[:2]))
                 for frame, box in zip(frames, boxes)]
        return torch.cat([resize_frames(crop[None], self.size) for crop in crops])

    def scene_stream(self, frames: np.ndarray, boxes: np.ndarray, found: bool) -> torch.Tensor:
        """(T, 3, S, S) uint8: the frame, as the key ``scene`` says."""
        if self.scene == 'blank':
            colour = torch.tensor(self.fill, dtype=torch.uint8)[:, None, None]
            return colour.expand(len(frames), 3, self.size, self.size).contiguous()
        if self.scene == 'masked' and found:
            frames = frames.copy()
            for frame, box in zip(frames, boxes):
                fill_box(frame, box, self.margin, self.fill)
        return resize_frames(frames, self.size)

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(size={self.size}, margin={self.margin}, '
                f'scene={self.scene!r}, fill={self.fill})')
