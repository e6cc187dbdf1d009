from __future__ import annotations

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
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.

    Raises:
        ValueError: If ``scene_frames`` is unknown.
    """

    def __init__(self, *, in_channels: int, channels: int | None = None,
                 lstm: dict | None = dict(axis='time', residual=True),
                 frames_encoder: dict | None = dict(), face_align: dict | None = dict(),
                 scene_align: dict | None = dict(kernel_size=1),
                 scene_frames: str = 'valid',
                 tap_channels: int | None = None, num_taps: int = 4,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        one_of('FaceSceneNeck.scene_frames', scene_frames, ('valid', 'all'))
        self.scene_frames = scene_frames
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
            FaceSceneFeatures: V_ft, V_st, V_pol and the polarity logits.

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
        if self.frames_encoder is not None:
            face = self.frames_encoder(face, mask)
        if self.face_align is not None:
            face = self.face_align(face, mask)
        scene = masked_mean(scene, mask) if self.scene_frames == 'valid' else scene.mean(1)
        if self.scene_align is not None:
            scene = self.scene_align(scene[:, None])[:, 0]
        polarity, polarity_logits = self._polarity(taps)
        return FaceSceneFeatures(face, mask, masked_mean(face, mask), scene, polarity,
                                 polarity_logits)

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
