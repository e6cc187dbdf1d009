from __future__ import annotations

from typing import Optional

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from ..features import StreamFeatures
from ..layers.masked_mean import masked_mean


@MODELS.register_module()
class StreamBackbone(BaseModule):
    """Any mmaction 2D or 3D backbone on both streams, trained, in one forward pass.

    A 2D backbone sees frames, and only valid ones: padding reaches neither their features nor its
    batch statistics. One that shifts features along time (it has ``num_segments``) needs all of
    them. A 3D backbone sees whole clips and has a time axis of its own, see :func:`resample_mask`;
    one that gives a vector a clip has one time step.

    Space is averaged. Where the backbone gives several stages (its ``out_indices``), the last holds
    the features and those before stand in for the polarity taps: averaged over valid time and laid
    side by side, one tap of all their channels.

    Args:
        backbone (dict): The mmaction backbone.
        dims (int): 2 or 3.
    """

    def __init__(self, backbone: dict, dims: int, init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg=init_cfg)
        if dims not in (2, 3):
            raise ValueError(f'the key `dims` of StreamBackbone is {dims}: it takes 2 or 3')
        self.backbone = MODELS.build(backbone)
        self.dims = dims

    def encode_streams(self, face: Tensor, scene: Tensor, mask: Tensor) -> StreamFeatures:
        """Both streams in one forward pass.

        Args:
            face: (B, T, 3, H, W) normalised face frames.
            scene: (B, T, 3, H, W) normalised scene frames.
            mask: (B, T) bool, True where the frame holds real data.

        Returns:
            Features with ``face`` and ``scene`` (B, T', C), ``mask`` (B, T') and ``taps``
            (B, 1, sum of the earlier stages' channels) or None. T' is T in 2D.

        Raises:
            ValueError: The backbone does not give feature maps, or mixes another number of frames.
        """
        frames = torch.stack([face, scene])
        stages = (self._encode_frames(frames, mask) if self.dims == 2 else
                  self._encode_clips(frames))
        masks = [resample_mask(mask, stage.shape[2]) for stage in stages]
        taps = [masked_mean(stage[1], valid) for stage, valid in zip(stages[:-1], masks)]
        return StreamFeatures(*stages[-1], masks[-1],
                              torch.cat(taps, -1)[:, None] if taps else None)

    def _encode_frames(self, frames: Tensor, mask: Tensor) -> list[Tensor]:
        """(2, B, T, 3, H, W) -> (2, B, T, C) a stage; zeros where a frame was not encoded."""
        segments = getattr(self.backbone, 'num_segments', None)
        if segments not in (None, mask.shape[1]):
            raise ValueError(f'{type(self.backbone).__name__} mixes {segments} frames, a clip has '
                             f'{mask.shape[1]}: set `num_segments` to the latter')
        encoded = (mask if segments is None else torch.ones_like(mask)).expand(2, -1, -1)
        stages = []
        for maps in self._stages(frames[encoded]):
            pooled = maps.flatten(2).mean(2) if maps.dim() > 2 else maps
            stage = pooled.new_zeros(*encoded.shape, pooled.shape[1])
            stage[encoded] = pooled
            stages.append(stage)
        return stages

    def _encode_clips(self, frames: Tensor) -> list[Tensor]:
        """(2, B, T, 3, H, W) -> (2, B, T', C) a stage."""
        stages = []
        for maps in self._stages(frames.flatten(0, 1).transpose(1, 2)):
            pooled = maps.flatten(3).mean(3) if maps.dim() > 2 else maps[..., None]
            stages.append(pooled.transpose(1, 2).unflatten(0, (2, -1)))
        return stages

    def _stages(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """What the backbone gives, checked: one map or vector a stage."""
        outputs = self.backbone(inputs)
        maps = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
        fits = all(isinstance(x, Tensor) and x.dim() in (2, self.dims + 2) for x in maps)
        # The maps of parallel pathways are no stages.
        if not fits or len(maps) not in (1, len(getattr(self.backbone, 'out_indices', ()))):
            raise ValueError(f'{type(self.backbone).__name__} does not give one feature map a '
                             f'stage of `out_indices`, as StreamBackbone with dims={self.dims} '
                             'needs: choose another backbone, or correct `dims`')
        return tuple(maps)


def resample_mask(mask: Tensor, steps: int) -> Tensor:
    """Validity on another time axis: a step is valid where any frame that it spans is.

    Args:
        mask: (B, T) bool.
        steps: T'. Step k spans the frames from ``floor(k T / T')`` up to ``ceil((k + 1) T / T')``.

    Returns:
        (B, T') bool.
    """
    if steps == mask.shape[1]:
        return mask
    return F.adaptive_max_pool1d(mask[:, None].float(), steps)[:, 0] > 0
