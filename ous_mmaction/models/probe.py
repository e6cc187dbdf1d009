"""The outputs of a module, without computing them."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.func import functional_call


def probe(module: nn.Module, shape: Sequence[int]) -> Any:
    """Run a module in evaluation mode on the meta device, where tensors have shapes but no values.

    This takes milliseconds for a network of any size, and the module itself is not changed.

    Args:
        module (nn.Module): A module that reads one tensor.
        shape (Sequence[int]): Shape of that tensor.

    Returns:
        Any: What the module returns, with meta tensors.

    Examples:
        >>> probe(nn.Conv2d(3, 8, 3, stride=2), (1, 3, 65, 65)).shape
        torch.Size([1, 8, 32, 32])
    """
    state = {name: value.to('meta')
             for name, value in (*module.named_parameters(), *module.named_buffers())}
    training = module.training
    module.eval()  # not chained: in mmaction's networks it returns None
    try:
        with torch.no_grad():
            return functional_call(module, state, (torch.empty(shape, device='meta'),))
    finally:
        module.train(training)
