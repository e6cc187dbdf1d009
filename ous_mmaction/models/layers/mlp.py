from __future__ import annotations

from collections import OrderedDict

from mmengine.registry import MODELS
from torch import nn


def build_mlp(channels: int, act: str) -> nn.Sequential:
    """W2 act(W1 x + b1) + b2, four times as wide inside (eq. 9 with ReLU); named as in CLIP.

    Args:
        channels: D.
        act: Activation, a name in mmengine's registry.
    """
    return nn.Sequential(OrderedDict(
        c_fc=nn.Linear(channels, 4 * channels), act=MODELS.build(dict(type=act)),
        c_proj=nn.Linear(4 * channels, channels)))
