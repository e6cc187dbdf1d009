from __future__ import annotations

import inspect
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from ...checks import one_of
from ..layers.masked_mean import masked_mean
from ..probe import probe
from ..structures import StreamFeatures, blank_streams

# Keys with which mmaction's backbones fix the shape of their input.
INPUT_KEYS = ('num_frames', 't_size', 'img_size', 'input_resolution', 'temporal_size',
              'spatial_size', 'out_dim')


@MODELS.register_module()
class FaceSceneBackbone(BaseModule):
    """Any 2D or 3D backbone of mmaction, trained on both streams in one forward pass.

    A 2D backbone sees frames, and only the valid ones: padding reaches neither their features nor
    the batch statistics. A backbone that shifts features along time (it has ``num_segments``) needs
    all frames. A 3D backbone sees whole clips and has its own time axis, see :func:`resample_mask`.
    One that gives one vector per clip has a single time step.

    Features are averaged over space. If the backbone gives several stages (``out_indices``), the
    last one holds the features, and the earlier ones stand in for the polarity taps: they are
    averaged over valid time and concatenated into one tap with all their channels.

    Args:
        backbone (dict): Config of the mmaction backbone.
        dims (int): 2 or 3.
        clip_shape (Sequence[int]): T, H and W of a clip. While it is built, the backbone is tried
            on one such clip, without computing anything.
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.

    Raises:
        ValueError: If the backbone does not read such clips, or does not give feature maps.
    """

    def __init__(self, *, backbone: dict, dims: int, clip_shape: Sequence[int],
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        one_of('FaceSceneBackbone.dims', dims, (2, 3))
        self.backbone = MODELS.build(backbone)
        self.dims = dims
        self.clip_shape = tuple(clip_shape)
        self._stage_shapes = [stage.shape for stage in self._probe_stages()]

    def blank_streams(self) -> StreamFeatures:
        """Return what :meth:`encode_streams` gives for one clip, as zeros."""
        *early, last = self._stage_shapes
        frames = self.clip_shape[0] if self.dims == 2 else last[2] if len(last) > 2 else 1
        return blank_streams(frames, last[1],
                             (1, sum(shape[1] for shape in early)) if early else None)

    def encode_streams(self, face: Tensor, scene: Tensor, mask: Tensor) -> StreamFeatures:
        """Encode both streams in one forward pass.

        Args:
            face (Tensor): Normalized face frames of shape (B, T, 3, H, W).
            scene (Tensor): Normalized scene frames of shape (B, T, 3, H, W).
            mask (Tensor): Bool of shape (B, T), True where the frame holds real data.

        Returns:
            StreamFeatures: ``face`` and ``scene`` of shape (B, T', C), ``mask`` of shape (B, T'),
            and ``taps`` of shape (B, 1, sum of the earlier stages' channels) or None. T' is T in
            2D.

        Raises:
            ValueError: If the clips do not have the shape ``clip_shape``.
        """
        shape = face.shape[1], *face.shape[3:]
        if shape != self.clip_shape:
            raise ValueError('FaceSceneBackbone was built for clips of (T, H, W) = '
                             f'{self.clip_shape}, but the clips have {shape}. Set the key '
                             f'`backbone.clip_shape` to {shape}')
        frames = torch.stack([face, scene])
        stages = (self._encode_frames(frames, mask) if self.dims == 2 else
                  self._encode_clips(frames))
        masks = [resample_mask(mask, stage.shape[2]) for stage in stages]
        taps = [masked_mean(stage[1], valid) for stage, valid in zip(stages[:-1], masks)]
        return StreamFeatures(*stages[-1], masks[-1],
                              torch.cat(taps, -1)[:, None] if taps else None)

    def _encode_frames(self, frames: Tensor, mask: Tensor) -> list[Tensor]:
        """(2, B, T, 3, H, W) -> (2, B, T, C) per stage; zeros where a frame was not encoded."""
        mixes_frames = hasattr(self.backbone, 'num_segments')
        encoded = (torch.ones_like(mask) if mixes_frames else mask).expand(2, -1, -1)
        stages = []
        for maps in as_stages(self.backbone(frames[encoded])):
            pooled = maps.flatten(2).mean(2) if maps.dim() > 2 else maps
            stage = pooled.new_zeros(*encoded.shape, pooled.shape[1])
            stage[encoded] = pooled
            stages.append(stage)
        return stages

    def _encode_clips(self, frames: Tensor) -> list[Tensor]:
        """(2, B, T, 3, H, W) -> (2, B, T', C) per stage."""
        stages = []
        for maps in as_stages(self.backbone(frames.flatten(0, 1).transpose(1, 2))):
            pooled = maps.flatten(3).mean(3) if maps.dim() > 2 else maps[..., None]
            stages.append(pooled.transpose(1, 2).unflatten(0, (2, -1)))
        return stages

    def _probe_stages(self) -> tuple[Tensor, ...]:
        """Return the stages of one clip as meta tensors; explain the error if there is one."""
        (frames, height, width), name = self.clip_shape, type(self.backbone).__name__
        segments = getattr(self.backbone, 'num_segments', None)
        if segments not in (None, frames):
            raise ValueError(f'{name} mixes {segments} frames, but `clip_shape` has {frames}. Set '
                             f'its key `num_segments` to {frames}')
        shape = ((frames, 3, height, width) if self.dims == 2 else
                 (1, 3, frames, height, width))
        try:
            stages = as_stages(probe(self.backbone, shape))
        except Exception as error:  # the networks raise a dozen kinds of exceptions
            fixed = [f'`{key}`' for key in INPUT_KEYS
                     if key in inspect.signature(type(self.backbone)).parameters]
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise ValueError(
                f'{name} with `dims` = {self.dims} does not read clips of {frames} frames of '
                f'{height} x {width} px ({reason}). Change '
                + ''.join(f'its {key}, ' for key in fixed)
                + '`clip_shape` or `dims` so that they fit') from error
        # MViT calls its stages scales. The maps of parallel pathways are not stages.
        indices = getattr(self.backbone, 'out_indices', getattr(self.backbone, 'out_scales', ()))
        fits = all(isinstance(stage, Tensor) and stage.dim() in (2, self.dims + 2)
                   and len(stage) == shape[0] for stage in stages)
        if not fits or len(stages) not in (1, len(indices)):
            remedy = ('Set its `output_cls_token` to False'
                      if getattr(self.backbone, 'output_cls_token', False) else
                      'Choose another backbone, or correct `dims`')
            raise ValueError(f'{name} does not give one feature map per stage and input, which '
                             f'FaceSceneBackbone with `dims` = {self.dims} needs. {remedy}')
        return stages


def as_stages(outputs: Tensor | Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Return the outputs of a backbone as a tuple with one tensor per stage."""
    return (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)


def resample_mask(mask: Tensor, steps: int) -> Tensor:
    """Map a mask to another time axis: a step is valid if any frame that it spans is valid.

    Args:
        mask (Tensor): Bool of shape (B, T).
        steps (int): T'. Step k spans the frames from ``floor(k T / T')`` up to
            ``ceil((k + 1) T / T')``.

    Returns:
        Tensor: Bool of shape (B, T').

    Examples:
        >>> resample_mask(torch.tensor([[True, True, True, False, False, False]]), 3)
        tensor([[ True,  True, False]])
    """
    if steps == mask.shape[1]:
        return mask
    return F.adaptive_max_pool1d(mask[:, None].float(), steps)[:, 0] > 0
