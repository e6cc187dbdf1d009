from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from torch import Tensor
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2.functional import resize

from ...checks import one_of

# The pixel mean of CLIP, which the preprocessor turns into zero.
CLIP_MEAN_COLOR = (122, 116, 104)


def square_around(box: np.ndarray, margin: float, size: tuple[int, int]) -> tuple[int, int, int]:
    """Return the square of pixels that shows a face.

    The square is centered on the box and ``margin`` times as wide as the longer side of the box. A
    square that would leave the frame is shifted back inside. In a direction in which it is longer
    than the frame, it is centered on the frame.

    Args:
        box (np.ndarray): Box xyxy in pixels of shape (4,), which may leave the frame.
        margin (float): Factor on the longer side.
        size (tuple[int, int]): Height and width of the frame in pixels.

    Returns:
        tuple[int, int, int]: Top, left and side in pixels. Top and left are negative where the
        square is longer than the frame.

    Examples:
        >>> square_around(np.array([40, 20, 60, 40]), margin=1.5, size=(90, 160))
        (15, 35, 30)
    """
    left, top, right, bottom = (float(value) for value in box)
    side = max(1, round(max(right - left, bottom - top) * margin))

    def place(center: float, length: int) -> int:
        if side > length:
            return (length - side) // 2
        return min(max(round(center - side / 2), 0), length - side)

    return place((top + bottom) / 2, size[0]), place((left + right) / 2, size[1]), side


def crop_square(frame: np.ndarray, top: int, left: int, side: int) -> np.ndarray:
    """Crop a square from a frame, repeating the border where the square leaves the frame.

    Args:
        frame (np.ndarray): Frame of shape (H, W, 3).
        top (int): First row.
        left (int): First column.
        side (int): Number of rows and columns.

    Returns:
        np.ndarray: Crop of shape (side, side, 3); a view if the square lies inside the frame.
    """
    height, width = frame.shape[:2]
    crop = frame[max(top, 0):top + side, max(left, 0):left + side]
    padding = [(max(-top, 0), max(top + side - height, 0)),
               (max(-left, 0), max(left + side - width, 0)), (0, 0)]
    return np.pad(crop, padding, mode='edge') if np.any(padding) else crop


def fill_box(frame: np.ndarray, box: np.ndarray, margin: float, color: Sequence[int]) -> None:
    """Paint over a scaled box in place; what lies outside the frame is ignored.

    Args:
        frame (np.ndarray): Frame of shape (H, W, 3), which is changed.
        box (np.ndarray): Box xyxy in pixels of shape (4,).
        margin (float): Factor on both sides of the box.
        color (Sequence[int]): RGB of shape (3,).
    """
    center, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) * margin / 2
    left, top = np.floor(center - half).clip(0).astype(int)
    right, bottom = np.ceil(center + half).clip(0).astype(int)
    frame[top:bottom, left:right] = color


def resize_frames(frames: np.ndarray, size: int, interpolation: str = 'bicubic') -> Tensor:
    """Resize frames of any aspect to a square, antialiased.

    Args:
        frames (np.ndarray): RGB frames of shape (T, H, W, 3), uint8.
        size (int): Side in pixels.
        interpolation (str): ``'bicubic'``, as CLIP does, or ``'bilinear'``, as torchvision and PIL
            do by default. Defaults to ``'bicubic'``.

    Returns:
        Tensor: RGB frames of shape (T, 3, size, size), uint8.
    """
    images = torch.from_numpy(frames).permute(0, 3, 1, 2)
    mode = InterpolationMode(interpolation)
    return resize(images, [size, size], mode, antialias=True).contiguous()


@TRANSFORMS.register_module()
class FaceSceneSplit(BaseTransform):
    """Split the frames of a clip into its two streams.

    ``face`` is a square around the face. ``scene`` is the whole frame, resized to a square without
    regard to its aspect. A center crop would lose the surroundings that this stream is meant to
    show, and with a letterbox 44 % of the tokens of the vision tower would look at the bars of a
    16:9 clip. In a clip without a face, ``face`` is the whole frame as well.

    Required keys: ``imgs`` ((T, H, W, 3) uint8 RGB), ``face_boxes`` ((T, 4) xyxy, pixels),
    ``face_found`` (bool). Added keys: ``face`` and ``scene``, (T, 3, S, S) uint8. Removed key:
    ``imgs``.

    Args:
        size (int): Side S in pixels. Defaults to 224.
        margin (float): Side of the face square over the longer side of the box. Defaults to 1.1.
        scene (str): ``'full'``; ``'masked'`` to paint over the face; ``'blank'`` for one color
            everywhere, which leaves a face-only model; ``'face'`` for the face stream once more
            (the released code on DFEW). Defaults to ``'full'``.
        fill (Sequence[int]): RGB color to paint with. Defaults to the pixel mean of CLIP.
        interpolation (str): See :func:`resize_frames`. Defaults to ``'bicubic'``.
    """

    def __init__(self,
                 size: int = 224,
                 margin: float = 1.1,
                 scene: str = 'full',
                 fill: Sequence[int] = CLIP_MEAN_COLOR,
                 interpolation: str = 'bicubic') -> None:
        one_of('FaceSceneSplit.interpolation', interpolation, ('bicubic', 'bilinear'))
        one_of('FaceSceneSplit.scene', scene, ('full', 'masked', 'blank', 'face'))
        self.size = size
        self.margin = margin
        self.scene = scene
        self.fill = tuple(fill)
        self.interpolation = interpolation

    def transform(self, results: dict) -> dict:
        """Replace ``imgs`` by the two streams."""
        frames = results.pop('imgs')
        boxes, face_found = results['face_boxes'], results['face_found']
        results['face'] = self.face_stream(frames, boxes, face_found)
        results['scene'] = (results['face'].clone() if self.scene == 'face' else
                            self.scene_stream(frames, boxes, face_found))
        return results

    def face_stream(self, frames: np.ndarray, boxes: np.ndarray, face_found: bool) -> Tensor:
        """Crop the square around the face, or take the whole frame of a clip without a face.

        Args:
            frames (np.ndarray): RGB frames of shape (T, H, W, 3), uint8.
            boxes (np.ndarray): Boxes xyxy in pixels of shape (T, 4).
            face_found (bool): Whether the clip has a face.

        Returns:
            Tensor: RGB frames of shape (T, 3, S, S), uint8.
        """
        if not face_found:
            return resize_frames(frames, self.size, self.interpolation)
        crops = [crop_square(frame, *square_around(box, self.margin, frame.shape[:2]))
                 for frame, box in zip(frames, boxes)]
        return torch.cat([resize_frames(crop[None], self.size, self.interpolation)
                          for crop in crops])

    def scene_stream(self, frames: np.ndarray, boxes: np.ndarray, face_found: bool) -> Tensor:
        """Resize the whole frame, changed as the key ``scene`` says.

        Args:
            frames (np.ndarray): RGB frames of shape (T, H, W, 3), uint8.
            boxes (np.ndarray): Boxes xyxy in pixels of shape (T, 4).
            face_found (bool): Whether the clip has a face.

        Returns:
            Tensor: RGB frames of shape (T, 3, S, S), uint8.
        """
        if self.scene == 'blank':
            color = torch.tensor(self.fill, dtype=torch.uint8)[:, None, None]
            return color.expand(len(frames), 3, self.size, self.size).contiguous()
        if self.scene == 'masked' and face_found:
            frames = frames.copy()
            for frame, box in zip(frames, boxes):
                fill_box(frame, box, self.margin, self.fill)
        return resize_frames(frames, self.size, self.interpolation)

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(size={self.size}, margin={self.margin}, '
                f'scene={self.scene!r}, fill={self.fill}, '
                f'interpolation={self.interpolation!r})')
