from __future__ import annotations

from collections import OrderedDict

from mmengine.registry import MODELS
from torch import nn


def build_mlp(channels: int, act: str) -> nn.Sequential:
    """Build W2 act(W1 x + b1) + b2 (eq. 9 with ReLU), named as in CLIP.

    Args:
        channels (int): D, width of input and output. The inner width is four times as large.
        act (str): Name of the activation in mmengine's registry.

    Returns:
        nn.Sequential: The layers ``c_fc``, ``act`` and ``c_proj``.
    """
    return nn.Sequential(OrderedDict(
        c_fc=nn.Linear(channels, 4 * channels), act=MODELS.build(dict(type=act)),
        c_proj=nn.Linear(4 * channels, channels)))
