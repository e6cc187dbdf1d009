from __future__ import annotations

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor


@MODELS.register_module()
class FrameWiseBackbone(BaseModule):
    """A 2D backbone over the frames of clips, in mmaction's ``Recognizer3D``.

    Unlike ``Recognizer2D``, that recognizer keeps the views of a clip apart, so that a
    :class:`TemporalNeck` encodes each view on its own.

    Args:
        frame (dict): Config of a backbone that turns images of shape (N, 3, H, W) into a map of
            shape (N, C, h, w), or into several.
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.
    """

    def __init__(self, frame: dict, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.frame = MODELS.build(frame)

    def forward(self, clips: Tensor) -> tuple[Tensor]:
        """Compute the maps of all frames.

        Args:
            clips (Tensor): Clips of shape (B, 3, T, H, W).

        Returns:
            tuple[Tensor]: The last map, of shape (B, C, T, h, w).
        """
        frames = clips.transpose(1, 2)
        maps = self.frame(frames.flatten(0, 1))
        last = maps[-1] if isinstance(maps, (list, tuple)) else maps
        return (last.unflatten(0, frames.shape[:2]).transpose(1, 2),)
