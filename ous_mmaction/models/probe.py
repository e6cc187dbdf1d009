"""What a module gives, found without computing it."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.func import functional_call


def probe(module: nn.Module, shape: Sequence[int]) -> Any:
    """Outputs of a module in evaluation, on the meta device: shapes and no numbers.

    It takes milliseconds for a network of any size, and the module stays as it is.

    Args:
        module: Reads one tensor.
        shape: Of that tensor.
    """
    state = {name: value.to('meta')
             for name, value in (*module.named_parameters(), *module.named_buffers())}
    training = module.training
    module.eval()  # mmaction's networks return None
    try:
        with torch.no_grad():
            return functional_call(module, state, (torch.empty(shape, device='meta'),))
    finally:
        module.train(training)
