"""Reading the tensors of a TorchScript archive, such as OpenAI's CLIP, without running its code.

An archive is a zip file of ``data.pkl``, the attributes of the modules, ``data/``, the bytes of
their tensors, and ``code/``, their program. :func:`torch.jit.load` compiles the program. Here only
``data.pkl`` and ``data/`` are read. Whatever ``data.pkl`` names, except a tensor and the types of
its storage, becomes a :class:`StandIn`, so that nothing is imported or called.
"""
from __future__ import annotations

import functools
import io
import pickle
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Callable

import torch
from torch import Tensor

from .stand_in import StandIn

_STORAGES = dict(Half=torch.float16, BFloat16=torch.bfloat16, Float=torch.float32,
                 Double=torch.float64, Byte=torch.uint8, Char=torch.int8, Short=torch.int16,
                 Int=torch.int32, Long=torch.int64, Bool=torch.bool)


def _rebuild(storage: Tensor, offset: int, size: Sequence[int], stride: Sequence[int],
             *_: Any) -> Tensor:
    """Stand in for ``torch._utils._rebuild_tensor_v2``; torch checks the bounds."""
    return storage.as_strided(size, stride, offset)


ALLOWED: dict[tuple[str, str], Any] = {
    ('torch._utils', '_rebuild_tensor_v2'): _rebuild,
    **{('torch', f'{name}Storage'): dtype for name, dtype in _STORAGES.items()}}


class ScriptUnpickler(pickle._Unpickler):
    """Pure Python unpickler that builds tensors, plain data and :class:`StandIn`, nothing else.

    Args:
        file (IO[bytes]): Content of ``data.pkl``.
        read (Callable[[str], bytes]): Returns the bytes of a storage by its key.
    """

    def __init__(self, file: IO[bytes], read: Callable[[str], bytes]) -> None:
        super().__init__(file)
        # Tensors that share a storage still do.
        self._storage = functools.cache(
            lambda key, dtype: _from_bytes(bytearray(read(key)), dtype))

    def find_class(self, module: str, name: str) -> Any:
        """Return what ``ALLOWED`` has for a name, else :class:`StandIn`."""
        return ALLOWED.get((module, name), StandIn)

    def persistent_load(self, pid: tuple) -> Tensor:
        """Return a storage as a tensor of one dimension.

        Args:
            pid (tuple): The word ``storage``, dtype, key, device and number of elements.

        Returns:
            Tensor: The storage.
        """
        kind, dtype, key = pid[:3]
        if kind != 'storage' or not isinstance(dtype, torch.dtype):
            raise pickle.UnpicklingError(f'unknown storage {pid[:2]}')
        return self._storage(key, dtype)

    def load_build(self) -> None:
        """Fill a stand-in; ``pickle`` would fill any object by ``setattr``."""
        state, target = self.stack.pop(), self.stack[-1]
        if type(target) is not StandIn:
            raise pickle.UnpicklingError(f'{type(target).__name__} has no state')
        target.__setstate__(state)

    dispatch = {**pickle._Unpickler.dispatch, pickle.BUILD[0]: load_build}


def _from_bytes(data: bytearray, dtype: torch.dtype) -> Tensor:
    return torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)


def is_torchscript(path: str | Path) -> bool:
    """Whether a file is a TorchScript archive.

    Args:
        path (str | Path): File.

    Returns:
        bool: True if ``torch.jit.save`` wrote it.
    """
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith('/constants.pkl') for name in archive.namelist())


def read_torchscript(path: str | Path) -> dict[str, Tensor]:
    """Read the tensors of a TorchScript archive and run nothing of it.

    Args:
        path (str | Path): File.

    Returns:
        dict[str, Tensor]: Parameters, buffers and other tensors of the modules by their dotted
        name, on the CPU, as they are stored.

    Raises:
        Exception: Of any kind if the file is damaged.
    """
    with zipfile.ZipFile(path) as archive:
        (attributes,) = (name for name in archive.namelist() if name.endswith('/data.pkl'))
        folder = attributes[:-len('.pkl')]
        unpickler = ScriptUnpickler(io.BytesIO(archive.read(attributes)),
                                    lambda key: archive.read(f'{folder}/{key}'))
        return dict(_tensors(unpickler.load()))


def _tensors(module: StandIn, prefix: str = '') -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors of a module and of the modules in it."""
    for name, value in module.state.items():
        if isinstance(value, Tensor):
            yield f'{prefix}{name}', value
        elif isinstance(value, StandIn) and isinstance(value.state, dict):
            yield from _tensors(value, f'{prefix}{name}.')
