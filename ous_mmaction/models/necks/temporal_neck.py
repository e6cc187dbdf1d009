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
    """LSTM, GRU or transformer over the frames of a 2D backbone, in mmaction's ``Recognizer2D``.

    The clip's feature is the state after the last frame, or the class token. That recognizer hands
    maps to a neck only from a tuple, so that a ResNet needs two ``out_indices``; the last is read.
    It knows no mask: to the neck padding is frames like any other.

    Args:
        in_channels (int): C, width of the last map.
        kind (str): ``lstm``, ``gru`` or ``transformer``.
        kwargs: Further arguments of ``nn.LSTM`` or ``nn.GRU``, with a ``hidden_size`` of 256 by
            default, which makes the 133 M and 138 M parameters that FERV39k prints for VGG13-LSTM
            and VGG16-LSTM; or of :class:`TemporalTransformer`.

    Raises:
        ValueError: The kind is unknown.
    """

    def __init__(self, in_channels: int, kind: str, init_cfg: dict | None = None,
                 **kwargs) -> None:
        super().__init__(init_cfg=init_cfg)
        one_of('TemporalNeck.kind', kind, (*RECURRENT, 'transformer'))
        self.in_channels = in_channels
        if kind in RECURRENT:
            kwargs = {**dict(hidden_size=256), **kwargs}
            self.layers = RECURRENT[kind](in_channels, batch_first=True, **kwargs)
        else:
            self.layers = TemporalTransformer(in_channels, **kwargs)
        self.kind = kind

    def forward(self, maps: Sequence[Tensor],
                data_samples: list | None = None) -> tuple[Tensor, dict]:
        """Args:
            maps: Stages of the backbone, the last (B, C, T, H, W).

        Returns:
            (B, D, 1) clip features, whose time the recognizer squeezes, and no auxiliary loss.

        Raises:
            ValueError: The backbone's width is not the configured one.
        """
        tokens = maps[-1].mean((-2, -1)).transpose(1, 2)
        if tokens.shape[-1] != self.in_channels:
            raise ValueError(f'the backbone gives {tokens.shape[-1]} channels a frame, the neck '
                             f'expects {self.in_channels}: set the key `neck.in_channels`')
        if self.kind in RECURRENT:
            return self.layers(tokens)[0][:, -1, :, None], {}
        mask = tokens.new_ones(tokens.shape[:2], dtype=torch.bool)
        return self.layers(tokens, mask)[:, 0, :, None], {}
