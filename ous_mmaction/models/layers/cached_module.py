from __future__ import annotations

from abc import abstractmethod
from typing import Callable

import torch
from torch import Tensor, nn


class CachedModule(nn.Module):
    """Mixin for modules without inputs, whose output is constant while the model is tested.

    List this class before the other bases and write :meth:`compute`.
    """

    _cached: Tensor | None = None

    @abstractmethod
    def compute(self) -> Tensor:
        """Compute the output."""

    def forward(self) -> Tensor:
        """Compute the output, only once in evaluation mode without gradients."""
        if self.training or torch.is_grad_enabled():
            return self.compute()
        if self._cached is None:
            self._cached = self.compute()
        return self._cached

    def train(self, mode: bool = True) -> CachedModule:
        """Set the mode and drop the cached output."""
        self._cached = None
        return super().train(mode)

    def _apply(self, fn: Callable, recurse: bool = True) -> CachedModule:
        self._cached = None
        return super()._apply(fn, recurse)

    def _load_from_state_dict(self, *args, **kwargs) -> None:
        self._cached = None
        super()._load_from_state_dict(*args, **kwargs)
