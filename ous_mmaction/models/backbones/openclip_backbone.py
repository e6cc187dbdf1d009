from __future__ import annotations

import torch
from mmaction.registry import MODELS
from torch import Tensor

from ..clip_holder import CLIPHolder
from ..layers.masked_mean import masked_mean
from ..structures import StreamFeatures, blank_streams


@MODELS.register_module()
class OpenCLIPBackbone(CLIPHolder):
    """Frozen CLIP image tower, one for both streams (paper: Vision Encoder f_V, eq. 12).

    Nothing of CLIP is in the checkpoint but its fingerprint.

    Args:
        clip_model (dict): Arguments of :func:`load_clip_model`: ``name`` and ``pretrained``.
        num_taps (int): How many of the first blocks the polarity encoder reads (paper: the first
            four). Defaults to 4.
    """

    def __init__(self, clip_model: dict, num_taps: int = 4, init_cfg: dict | None = None) -> None:
        super().__init__(clip_model, init_cfg=init_cfg)
        self.num_taps = num_taps

    def forward(self, images: Tensor) -> Tensor:
        """Frame embeddings as a feature map of one pixel, as mmaction's 2D recognizers expect.

        Args:
            images: (N, 3, H, W) normalised frames.

        Returns:
            (N, D, 1, 1) embeddings.
        """
        return self.clip_model.encode_frames(images)[0][..., None, None]

    def blank_streams(self) -> StreamFeatures:
        """What :meth:`encode_streams` gives for a clip of one frame, zeros."""
        taps = (self.num_taps, self.clip_model.width) if self.num_taps else None
        return blank_streams(1, self.clip_model.embed_dims, taps)

    def encode_streams(self, face: Tensor, scene: Tensor, mask: Tensor) -> StreamFeatures:
        """Both streams in one forward pass of 2 B T frames.

        Args:
            face: (B, T, 3, H, W) normalised face frames.
            scene: (B, T, 3, H, W) normalised scene frames.
            mask: (B, T) bool, True where the frame holds real data.

        Returns:
            Features with ``face`` and ``scene`` (B, T, D) and ``taps`` (B, num_taps, W).
        """
        frames = mask.numel()
        images = torch.cat([face.flatten(0, 1), scene.flatten(0, 1)])
        features, taps = self.clip_model.encode_frames(images, self.num_taps, tap_from=frames)
        face, scene = features.reshape(2, *mask.shape, -1)
        if taps is not None:
            taps = masked_mean(taps.reshape(*mask.shape, *taps.shape[1:]), mask)
        return StreamFeatures(face, scene, mask, taps)
