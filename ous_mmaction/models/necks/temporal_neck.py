from __future__ import annotations

from collections.abc import Sequence

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...checks import one_of
from ..layers.temporal_transformer import TemporalTransformer

RECURRENT = dict(lstm=nn.LSTM, gru=nn.GRU)


@MODELS.register_module()
class TemporalNeck(BaseModule):
    """LSTM, GRU or transformer over the frames of a 2D backbone.

    The feature of a clip is the state after the last frame, or the class token. ``Recognizer2D``
    passes only tuples of maps on to a neck, so a ResNet needs two ``out_indices``, of which the
    last is read. In ``Recognizer3D``, :class:`FrameWiseBackbone` gives the tuple. Recognizers know
    no mask, so the neck treats padding like any other frame.

    Args:
        in_channels (int): C, width of the last map.
        kind (str): ``lstm``, ``gru`` or ``transformer``.
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.
        kwargs: Further arguments of ``nn.LSTM``, ``nn.GRU`` or :class:`TemporalTransformer`. The
            ``hidden_size`` of the first two defaults to 256, which gives the 133 M and 138 M
            parameters that FERV39k prints for VGG13-LSTM and VGG16-LSTM.

    Raises:
        ValueError: If the kind is unknown.
    """

    def __init__(self, *, in_channels: int, kind: str, init_cfg: dict | None = None,
                 **kwargs) -> None:
        super().__init__(init_cfg=init_cfg)
        one_of('TemporalNeck.kind', kind, (*RECURRENT, 'transformer'))
        self.in_channels = in_channels
        if kind in RECURRENT:
            kwargs = {**dict(hidden_size=256), **kwargs}
            self.layers = RECURRENT[kind](in_channels, batch_first=True, **kwargs)
        else:
            self.layers = TemporalTransformer(channels=in_channels, **kwargs)
        self.kind = kind

    def forward(self, maps: Sequence[Tensor],
                data_samples: list | None = None) -> tuple[Tensor, dict]:
        """Encode the frames of each clip.

        Args:
            maps (Sequence[Tensor]): Stages of the backbone, the last of shape (B, C, T, H, W).
            data_samples (list, optional): Not used; part of mmaction's interface.

        Returns:
            tuple[Tensor, dict]: Clip features of shape (B, D, 1), whose time axis the recognizer
            squeezes, and an empty dict of auxiliary losses.

        Raises:
            ValueError: If the width of the backbone is not the configured one.
        """
        tokens = maps[-1].mean((-2, -1)).transpose(1, 2)
        if tokens.shape[-1] != self.in_channels:
            raise ValueError(f'The backbone gives {tokens.shape[-1]} channels per frame, but the '
                             f'neck expects {self.in_channels}. Set the key `neck.in_channels` to '
                             f'{tokens.shape[-1]}')
        if self.kind in RECURRENT:
            return self.layers(tokens)[0][:, -1, :, None], {}
        mask = tokens.new_ones(tokens.shape[:2], dtype=torch.bool)
        return self.layers(tokens, mask)[:, 0, :, None], {}
