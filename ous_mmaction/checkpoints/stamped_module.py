from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor, nn


class StampedModule(nn.Module):
    """Mixin: a module whose checkpoint says what its weights belong to.

    A stamp is a short byte string in a uint8 buffer: the fingerprint of the frozen CLIP, the class
    order, the fingerprint of AEN's 2D model. Loading a checkpoint whose stamp differs from the
    module's own raises an error that names both. List this class before the other bases and call
    :meth:`add_stamp` after their ``__init__``.
    """

    def add_stamp(self, name: str, content: bytes, explain: Callable[[bytes], str]) -> None:
        """Register a stamp.

        Args:
            name: Name of the buffer, and so of its entry in the state dict.
            content: What the weights belong to. All zeros mean that it is not known yet; then any
                stored stamp is accepted.
            explain: Stored content -> the error message for a checkpoint with that stamp.
        """
        self.register_buffer(name, encode(content))
        self.__dict__.setdefault('_stamps', {})[name] = explain

    def set_stamp(self, name: str, content: bytes) -> None:
        """Replace the content of a stamp by another of the same length."""
        getattr(self, name).copy_(encode(content))

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args, **kwargs) -> None:
        for name, explain in self.__dict__.get('_stamps', {}).items():
            stored, own = state_dict.get(prefix + name), getattr(self, name)
            if stored is not None and own.any() and not torch.equal(stored.cpu(), own.cpu()):
                raise ValueError(explain(decode(stored)))
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def encode(content: bytes) -> Tensor:
    """Bytes as a uint8 tensor, which checkpoints hold like any other buffer."""
    return torch.tensor(list(content), dtype=torch.uint8)


def decode(stamp: Tensor) -> bytes:
    """The bytes of :func:`encode`."""
    return bytes(stamp.tolist())
