from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor, nn


class StampedModule(nn.Module):
    """Mixin for modules whose checkpoints say what the weights belong to.

    A stamp is a short byte string in a uint8 buffer, such as the fingerprint of the frozen CLIP
    model, the class order, or the fingerprint of AEN's 2D model. Loading a checkpoint whose stamp
    differs from the module's own raises an error that names both. List this class before the other
    bases and call :meth:`add_stamp` after their ``__init__``.
    """

    def add_stamp(self, name: str, content: bytes, explain: Callable[[bytes], str]) -> None:
        """Register a stamp.

        Args:
            name (str): Name of the buffer, and therefore of its entry in the state dict.
            content (bytes): What the weights belong to. All zeros mean that this is not known yet;
                then any stored stamp is accepted.
            explain (Callable[[bytes], str]): Function that turns the stored content of another
                stamp into the error message.
        """
        self.register_buffer(name, encode(content))
        self.__dict__.setdefault('_stamps', {})[name] = explain

    def set_stamp(self, name: str, content: bytes) -> None:
        """Replace the content of a stamp by content of the same length."""
        getattr(self, name).copy_(encode(content))

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args, **kwargs) -> None:
        for name, explain in self.__dict__.get('_stamps', {}).items():
            stored, own = state_dict.get(prefix + name), getattr(self, name)
            if stored is not None and own.any() and not torch.equal(stored.cpu(), own.cpu()):
                raise ValueError(explain(decode(stored)))
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def encode(content: bytes) -> Tensor:
    """Turn bytes into a uint8 tensor, which checkpoints hold like any other buffer.

    Examples:
        >>> encode(b'AEN')
        tensor([65, 69, 78], dtype=torch.uint8)
    """
    return torch.tensor(list(content), dtype=torch.uint8)


def decode(stamp: Tensor) -> bytes:
    """Turn the tensor of :func:`encode` back into bytes.

    Examples:
        >>> decode(encode(b'AEN'))
        b'AEN'
    """
    return bytes(stamp.tolist())
