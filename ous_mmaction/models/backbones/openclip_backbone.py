from __future__ import annotations

import torch
from mmaction.registry import MODELS
from torch import Tensor

from ...checks import one_of
from ..clip_holder import CLIPHolder
from ..layers.masked_mean import masked_mean
from ..structures import StreamFeatures, blank_streams
from ..tower_precision import PRECISIONS


@MODELS.register_module()
class OpenCLIPBackbone(CLIPHolder):
    """Frozen CLIP image tower, shared by both streams (paper: Vision Encoder f_V, eq. 12).

    The checkpoint holds only the fingerprint of the CLIP model.

    Args:
        clip_model (dict): Arguments of :func:`load_clip_model`: ``name`` and ``pretrained``.
        num_taps (int): Number of the first blocks that the polarity encoder reads (paper: the
            first four). Defaults to 4.
        precision (str): Type of number in which the tower multiplies: ``'fp32'``, ``'bf16'`` or
            ``'fp16'``. Its norms and the features stay float32. Defaults to ``'fp32'``.
        compile (bool): Whether ``torch.compile`` compiles the blocks of the tower, which takes a
            while on their first use. Defaults to False.
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.

    Attributes:
        skip_repeats (bool): Whether a face frame that equals its scene frame is encoded once. An
            export switches it off, because the sizes in its graph must not depend on pixels.

    Raises:
        ValueError: If the precision is unknown.
    """

    def __init__(self, clip_model: dict, num_taps: int = 4, precision: str = 'fp32',
                 compile: bool = False, init_cfg: dict | None = None) -> None:
        super().__init__(clip_model, init_cfg=init_cfg)
        one_of('OpenCLIPBackbone.precision', precision, PRECISIONS)
        self.num_taps = num_taps
        self.precision = precision
        self.compile_blocks = compile
        self.skip_repeats = True

    def forward(self, images: Tensor) -> Tensor:
        """Embed frames as feature maps of one pixel, which mmaction's 2D recognizers expect.

        Args:
            images (Tensor): Normalized frames of shape (N, 3, H, W).

        Returns:
            Tensor: Embeddings of shape (N, D, 1, 1).
        """
        return self.clip_model.encode_frames(
            images, precision=self.precision, compiled=self.compile_blocks)[0][..., None, None]

    def encode_images(self, images: Tensor, tap_from: int = 0) -> tuple[Tensor, Tensor | None]:
        """Encode frames one by one; see :meth:`FrozenCLIP.encode_frames`."""
        return self.clip_model.encode_frames(images, self.num_taps, tap_from, self.precision,
                                             self.compile_blocks)

    def blank_streams(self) -> StreamFeatures:
        """Return what :meth:`encode_streams` gives for one clip of one frame, as zeros."""
        taps = (self.num_taps, self.clip_model.width) if self.num_taps else None
        return blank_streams(1, self.clip_model.embed_dims, taps)

    def encode_streams(self, face: Tensor, scene: Tensor, mask: Tensor) -> StreamFeatures:
        """Encode both streams in one forward pass.

        A face frame that equals its scene frame is encoded once. They are equal in a clip without a
        face, and where the face box covers the whole frame.

        Args:
            face (Tensor): Normalized face frames of shape (B, T, 3, H, W).
            scene (Tensor): Normalized scene frames of shape (B, T, 3, H, W).
            mask (Tensor): Bool of shape (B, T), True where the frame holds real data.

        Returns:
            StreamFeatures: ``face`` and ``scene`` of shape (B, T, D), ``mask``, and ``taps`` of
            shape (B, num_taps, W).
        """
        batch, time = face.shape[:2]
        faces, scenes = face.flatten(0, 1), scene.flatten(0, 1)
        differ = (faces != scenes).flatten(1).any(1) if self.skip_repeats else slice(None)
        faces = faces[differ]
        images = torch.cat([faces, scenes])
        features, taps = self.encode_images(images, tap_from=faces.shape[0])
        scene = features[faces.shape[0]:]
        face = scene.clone()
        face[differ] = features[:faces.shape[0]]
        face, scene = (stream.unflatten(0, (batch, time)) for stream in (face, scene))
        if taps is not None:
            taps = masked_mean(taps.unflatten(0, (batch, time)), mask)
        return StreamFeatures(face, scene, mask, taps)
