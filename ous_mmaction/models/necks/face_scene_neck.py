from __future__ import annotations

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...checks import one_of
from ..layers.masked_mean import masked_mean
from ..layers.ous import FramesEncoder, PolarityEncoder, StreamAlignment, StreamLSTM
from ..structures import FaceSceneFeatures, StreamFeatures


@MODELS.register_module()
class FaceSceneNeck(BaseModule):
    """Time, alignment and polarity: from frame features to V_ft, V_st and V_pol.

    Args:
        in_channels (int): C, width of a frame feature.
        channels (int, optional): D, width of the output. Frame features are projected if it differs
            from C. Defaults to ``in_channels``.
        lstm (dict, optional): Arguments of :class:`StreamLSTM`. None leaves it out.
        frames_encoder (dict, optional): Arguments of :class:`FramesEncoder`. None leaves it out.
        face_align (dict, optional): Arguments of :class:`StreamAlignment`. None leaves it out.
        scene_align (dict, optional): The same for the scene stream.
        scene_frames (str): Frames over which the scene is averaged: ``valid`` ones, or ``all``,
            including padding (the released code). Defaults to ``valid``.
        tap_channels (int, optional): W, width of a polarity tap. None leaves out the polarity
            encoder.
        num_taps (int): Number of taps that the backbone gives. Defaults to 4.
        similarity_scope (str): What L_similarity trains: ``all`` layers that its features come
            from, or ``alignment`` for the frames encoder and the alignment of both streams alone,
            as the paper says. The latter runs these layers a second time while training, on the
            output of the LSTM without its gradient. Defaults to ``all``.
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.

    Raises:
        ValueError: If ``scene_frames`` or ``similarity_scope`` is unknown, or if the scope holds no
            layer.
    """

    def __init__(self, *, in_channels: int, channels: int | None = None,
                 lstm: dict | None = dict(axis='time', residual=True),
                 frames_encoder: dict | None = dict(), face_align: dict | None = dict(),
                 scene_align: dict | None = dict(kernel_size=1),
                 scene_frames: str = 'valid',
                 tap_channels: int | None = None, num_taps: int = 4,
                 similarity_scope: str = 'all', init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        one_of('FaceSceneNeck.scene_frames', scene_frames, ('valid', 'all'))
        one_of('FaceSceneNeck.similarity_scope', similarity_scope, ('all', 'alignment'))
        if similarity_scope == 'alignment' and frames_encoder is face_align is scene_align is None:
            raise ValueError("The key `FaceSceneNeck.similarity_scope` is 'alignment', but "
                             '`frames_encoder`, `face_align` and `scene_align` are None, so that '
                             "L_similarity would train nothing. Set it to 'all', or keep one of "
                             'these layers')
        self.scene_frames = scene_frames
        self.similarity_scope = similarity_scope
        self.in_channels = in_channels
        self.channels = channels or in_channels
        self.project = (nn.Identity() if self.channels == in_channels
                        else nn.Linear(in_channels, self.channels))

        def build(layer: type[nn.Module], arguments: dict | None) -> nn.Module | None:
            return None if arguments is None else layer(channels=self.channels, **arguments)

        self.lstm = build(StreamLSTM, lstm)
        self.frames_encoder = build(FramesEncoder, frames_encoder)
        self.face_align = build(StreamAlignment, face_align)
        self.scene_align = build(StreamAlignment, scene_align)
        self.polarity_encoder = (None if tap_channels is None else
                                 PolarityEncoder(tap_channels, num_taps, self.channels))

    def forward(self, streams: StreamFeatures) -> FaceSceneFeatures:
        """Compute the tokens of a batch of clips.

        Args:
            streams (StreamFeatures): Frame features of both streams.

        Returns:
            FaceSceneFeatures: V_ft, V_st, V_pol, the polarity logits, and with a narrow scope
            what L_similarity compares.

        Raises:
            ValueError: If the widths of the backbone are not the configured ones.
        """
        face, scene, mask, taps = streams
        if face.shape[-1] != self.in_channels:
            raise ValueError(f'The backbone gives {face.shape[-1]} channels per frame, but the '
                             f'neck expects {self.in_channels}. Set the key `neck.in_channels` to '
                             f'{face.shape[-1]}')
        face, scene = self.project(face), self.project(scene)
        if self.lstm is not None:
            face, scene = self.lstm(face, scene)
        tokens, scene_token = self._align(face, scene, mask)
        polarity, polarity_logits = self._polarity(taps)
        compared = None
        if self.similarity_scope == 'alignment' and torch.is_grad_enabled():
            aligned, aligned_scene = self._align(face.detach(), scene.detach(), mask)
            compared = masked_mean(aligned, mask), aligned_scene
        return FaceSceneFeatures(tokens, mask, masked_mean(tokens, mask), scene_token, polarity,
                                 polarity_logits, compared)

    def _align(self, face: Tensor, scene: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Compute V_ft of shape (B, T, D) and V_st of shape (B, D) from the LSTM's output."""
        if self.frames_encoder is not None:
            face = self.frames_encoder(face, mask)
        if self.face_align is not None:
            face = self.face_align(face, mask)
        scene = masked_mean(scene, mask) if self.scene_frames == 'valid' else scene.mean(1)
        if self.scene_align is not None:
            scene = self.scene_align(scene[:, None])[:, 0]
        return face, scene

    def _polarity(self, taps: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
        if self.polarity_encoder is None:
            return None, None
        expected = self.polarity_encoder.norm.normalized_shape[0]
        if taps is None or taps.shape[-1] != expected:
            given = 'no taps' if taps is None else f'taps of {taps.shape[-1]} channels'
            raise ValueError(f'The backbone gives {given}, but the polarity encoder expects taps '
                             f'of {expected} channels. Set the key `neck.tap_channels` to the '
                             'width of the taps, or to None for no polarity encoder')
        return self.polarity_encoder(taps)
