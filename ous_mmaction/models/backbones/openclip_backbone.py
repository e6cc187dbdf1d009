from __future__ import annotations

import torch
from mmaction.registry import MODELS
from torch import Tensor

from ..clip_holder import CLIPHolder
from ..layers.masked_mean import masked_mean
from ..structures import StreamFeatures, blank_streams


@MODELS.register_module()
class OpenCLIPBackbone(CLIPHolder):
    """Frozen CLIP image tower, shared by both streams (paper: Vision Encoder f_V, eq. 12).

    The checkpoint holds only the fingerprint of the CLIP model.

    Args:
        clip_model (dict): Arguments of :func:`load_clip_model`: ``name`` and ``pretrained``.
        num_taps (int): Number of the first blocks that the polarity encoder reads (paper: the
            first four). Defaults to 4.
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.
    """

    def __init__(self, clip_model: dict, num_taps: int = 4, init_cfg: dict | None = None) -> None:
        super().__init__(clip_model, init_cfg=init_cfg)
        self.num_taps = num_taps

    def forward(self, images: Tensor) -> Tensor:
        """Embed frames as feature maps of one pixel, which mmaction's 2D recognizers expect.

        Args:
            images (Tensor): Normalized frames of shape (N, 3, H, W).

        Returns:
            Tensor: Embeddings of shape (N, D, 1, 1).
        """
        return self.clip_model.encode_frames(images)[0][..., None, None]

    def encode_images(self, images: Tensor, tap_from: int = 0) -> tuple[Tensor, Tensor | None]:
        """Encode frames one by one; see :meth:`FrozenCLIP.encode_frames`."""
        return self.clip_model.encode_frames(images, self.num_taps, tap_from)

    def blank_streams(self) -> StreamFeatures:
        """Return what :meth:`encode_streams` gives for one clip of one frame, as zeros."""
        taps = (self.num_taps, self.clip_model.width) if self.num_taps else None
        return blank_streams(1, self.clip_model.embed_dims, taps)

    def encode_streams(self, face: Tensor, scene: Tensor, mask: Tensor) -> StreamFeatures:
        """Encode both streams in one forward pass of 2 B T frames.

        Args:
            face (Tensor): Normalized face frames of shape (B, T, 3, H, W).
            scene (Tensor): Normalized scene frames of shape (B, T, 3, H, W).
            mask (Tensor): Bool of shape (B, T), True where the frame holds real data.

        Returns:
            StreamFeatures: ``face`` and ``scene`` of shape (B, T, D), ``mask``, and ``taps`` of
            shape (B, num_taps, W).
        """
        batch, time = face.shape[:2]
        images = torch.cat([face.flatten(0, 1), scene.flatten(0, 1)])
        features, taps = self.encode_images(images, tap_from=batch * time)
        face, scene = features.unflatten(0, (2, batch, time)).unbind()
        if taps is not None:
            taps = masked_mean(taps.unflatten(0, (batch, time)), mask)
        return StreamFeatures(face, scene, mask, taps)
