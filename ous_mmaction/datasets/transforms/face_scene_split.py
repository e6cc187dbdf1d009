from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from torch import Tensor

from ...checks import one_of
from .resizing import ASPECTS, CLIP_MEAN_COLOR, INTERPOLATIONS, letterbox, resize_frames


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


def crop_box(frame: np.ndarray, box: np.ndarray, border: int) -> np.ndarray:
    """Crop a box and a border around it, as far as they are inside the frame.

    Args:
        frame (np.ndarray): Frame of shape (H, W, 3).
        box (np.ndarray): Box xyxy in pixels of shape (4,).
        border (int): Pixels on each side.

    Returns:
        np.ndarray: View of the frame. The whole frame if nothing of the box is inside.
    """
    left, top = (box[:2] - border).astype(int).clip(0)
    right, bottom = (box[2:] + border).astype(int).clip(0)
    crop = frame[top:bottom, left:right]
    return crop if crop.size else frame


def paint_box(frame: np.ndarray,
              box: np.ndarray,
              margin: float,
              color: Sequence[int],
              fade: float = 0.0) -> None:
    """Paint over a scaled box in place; what lies outside the frame is ignored.

    The rectangle of pixels that the scaled box touches gets the color. Around it, the color fades
    into the frame: a pixel whose nearest pixel of the rectangle is ``d`` pixels away (Euclidean)
    becomes ``round(a * color + (1 - a) * pixel)`` with ``a = max(0, 1 - d / r)`` and ``r = fade *
    max(width, height)`` of the box in pixels. Without ``fade`` the edge is hard.

    Args:
        frame (np.ndarray): Frame of shape (H, W, 3), uint8, which is changed.
        box (np.ndarray): Box xyxy in pixels of shape (4,).
        margin (float): Factor on both sides of the box.
        color (Sequence[int]): RGB of shape (3,).
        fade (float): Width of the fade over the longer side of the box. Defaults to 0.0.

    Examples:
        >>> frame = np.zeros((1, 6, 3), np.uint8)
        >>> paint_box(frame, np.array([0., 0., 2., 1.]), 1.0, (90, 90, 90), fade=1.5)
        >>> frame[0, :, 0].tolist()
        [90, 90, 60, 30, 0, 0]
    """
    center, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) * margin / 2
    first, last = np.floor(center - half), np.ceil(center + half) - 1
    ramp = fade * float((box[2:] - box[:2]).max())
    left, top = (first - ramp).clip(0).astype(int)
    right, bottom = (last + ramp + 1).clip(0).astype(int)
    region = frame[top:bottom, left:right]
    if ramp <= 1:  # the next pixel keeps its color
        region[...] = color
        return
    columns, rows = left + np.arange(region.shape[1]), top + np.arange(region.shape[0])
    across, down = (np.maximum(0, np.maximum(first[axis] - places, places - last[axis]))
                    for axis, places in enumerate((columns, rows)))
    alpha = (1 - np.hypot(down[:, None], across) / ramp).clip(0)[..., None]
    region[...] = np.rint(alpha * np.asarray(color) + (1 - alpha) * region)


@TRANSFORMS.register_module()
class FaceSceneSplit(BaseTransform):
    """Split the frames of a clip into its two streams.

    ``face`` is a square around the face. ``scene`` is the whole frame. In a clip without a face,
    ``face`` is the whole frame as well.

    Required keys: ``imgs`` ((T, H, W, 3) uint8 RGB), ``face_boxes`` ((T, 4) xyxy, pixels),
    ``face_found`` (bool). Added keys: ``face`` and ``scene``, (T, 3, S, S) uint8. Removed key:
    ``imgs``.

    Args:
        size (int): Side S in pixels. Defaults to 224.
        margin (float): Side of the face square over the longer side of the box. Defaults to 1.1.
        scene (str): ``'full'``; ``'masked'`` to paint over the face; ``'blank'`` for one color
            everywhere, which leaves a face-only model; ``'face'`` for the face stream once more
            (the released code on DFEW); ``'letterbox'`` for the frame with its aspect between
            black bars (CLIP-CAER). Defaults to ``'full'``.
        fill (Sequence[int]): RGB color to paint with. Defaults to the pixel mean of CLIP.
        interpolation (str): See :func:`resize_frames`. Defaults to ``'bicubic'``.
        border (int, optional): Pixels around the face box, which is then stretched to a square
            instead of being widened to one (CLIP-CAER). Then ``margin`` is not read. Defaults to
            None.
        scene_resize (str): How a whole frame that is not square becomes a square: ``'squash'``
            shows all of it without its aspect; ``'crop'`` keeps the aspect and cuts the sides off,
            44 % of a 16:9 frame; ``'pad'`` keeps the aspect between bars of the color ``fill``,
            which are then 44 % of the tokens. See :func:`resize_frames`. Defaults to ``'squash'``.
        fade (float): Width of the soft edge of ``'masked'``, over the longer side of the face box.
            See :func:`paint_box`. Defaults to 0.0, which is a hard edge.
    """

    def __init__(self,
                 size: int = 224,
                 margin: float = 1.1,
                 scene: str = 'full',
                 fill: Sequence[int] = CLIP_MEAN_COLOR,
                 interpolation: str = 'bicubic',
                 border: int | None = None,
                 scene_resize: str = 'squash',
                 fade: float = 0.0) -> None:
        one_of('FaceSceneSplit.interpolation', interpolation, INTERPOLATIONS)
        one_of('FaceSceneSplit.scene_resize', scene_resize, ASPECTS)
        if fade < 0:
            raise ValueError(f'The key `FaceSceneSplit.fade` must be at least 0, but got {fade}')
        one_of('FaceSceneSplit.scene', scene, ('full', 'masked', 'blank', 'face', 'letterbox'))
        self.size = size
        self.margin = margin
        self.scene = scene
        self.fill = tuple(fill)
        self.interpolation = interpolation
        self.border = border
        self.scene_resize = scene_resize
        self.fade = fade

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
            return self._resize_whole(frames)
        crops = [crop_square(frame, *square_around(box, self.margin, frame.shape[:2]))
                 if self.border is None else crop_box(frame, box, self.border)
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
        if self.scene == 'letterbox':
            return torch.from_numpy(np.stack([letterbox(frame, self.size) for frame in frames])
                                    ).permute(0, 3, 1, 2).contiguous()
        if self.scene == 'masked' and face_found:
            frames = frames.copy()
            for frame, box in zip(frames, boxes):
                paint_box(frame, box, self.margin, self.fill, self.fade)
        return self._resize_whole(frames)

    def _resize_whole(self, frames: np.ndarray) -> Tensor:
        return resize_frames(frames, self.size, self.interpolation, self.scene_resize, self.fill)

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(size={self.size}, margin={self.margin}, '
                f'scene={self.scene!r}, fill={self.fill}, '
                f'interpolation={self.interpolation!r}, border={self.border}, '
                f'scene_resize={self.scene_resize!r}, fade={self.fade})')
