"""Unpickler for checkpoints that stock MMEngine wrote: tensors, plain data and a few named classes.

torch's own safe unpickler refuses MMEngine's message hub, which holds ``HistoryBuffer`` objects
with their methods. This one accepts them, numpy's arrays and numbers, and config dicts, and nothing
else. What it creates, calls and fills is listed below. The module stands in for :mod:`pickle` as
the ``pickle_module`` of :func:`torch.load`.
"""
from __future__ import annotations

import collections
import pickle
from collections.abc import Callable
from typing import IO, Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from torch import _utils

STATISTICS = ('min', 'max', 'current', 'mean')


def _get_statistic(owner: object, name: str) -> None:
    """Stand in for ``getattr``, by which a ``HistoryBuffer`` names its methods."""
    if owner is not HistoryBuffer or name not in STATISTICS:
        raise _refusal('builtins', 'getattr')


def _encode(text: str, encoding: str) -> bytes:
    """Stand in for ``codecs.encode``, by which protocol 2 holds bytes."""
    if encoding != 'latin1':
        raise _refusal('_codecs', 'encode')
    return text.encode('latin1')


_reconstruct, _scalar = np.empty(0).__reduce__()[0], np.float64(0).__reduce__()[0]
ALLOWED: dict[tuple[str, str], Callable] = {
    ('collections', 'OrderedDict'): collections.OrderedDict,
    ('builtins', 'getattr'): _get_statistic,
    ('_codecs', 'encode'): _encode,
    ('torch', 'Size'): torch.Size,
    ('torch', 'device'): torch.device,
    ('torch._utils', '_rebuild_tensor'): _utils._rebuild_tensor,
    ('torch._utils', '_rebuild_tensor_v2'): _utils._rebuild_tensor_v2,
    ('torch._utils', '_rebuild_parameter'): _utils._rebuild_parameter,
    ('mmengine.logging.history_buffer', 'HistoryBuffer'): HistoryBuffer,
    ('mmengine.config.config', 'ConfigDict'): dict,
    ('numpy', 'ndarray'): np.ndarray,
    ('numpy', 'dtype'): np.dtype,
    **{(f'numpy.{core}.multiarray', name): function for core in ('core', '_core')
       for name, function in (('_reconstruct', _reconstruct), ('scalar', _scalar))}}


class Unpickler(pickle._Unpickler):
    """Pure Python unpickler that finds only ``ALLOWED`` and fills only what it has built itself."""

    def find_class(self, module: str, name: str) -> Any:
        """Return an allowed class or function.

        Args:
            module (str): Name of its module.
            name (str): Its name.

        Returns:
            Any: The object, or its harmless stand-in.

        Raises:
            pickle.UnpicklingError: If it is not allowed.
        """
        module = 'builtins' if module == '__builtin__' else module
        if module == 'torch' and isinstance(getattr(torch, name, None), torch.dtype):
            return getattr(torch, name)
        if (module, name) not in ALLOWED:
            raise _refusal(module, name)
        return ALLOWED[module, name]

    def load_build(self) -> None:
        """Fill the object below the state on the stack, as ``pickle`` would by any ``setattr``."""
        state, target = self.stack.pop(), self.stack[-1]
        if type(target) is HistoryBuffer:
            HistoryBuffer.__init__(target, np.asarray(state['_log_history']).tolist(),
                                   np.asarray(state['_count_history']).tolist(),
                                   int(state['max_length']))
        elif type(target) is np.ndarray or isinstance(target, np.dtype):
            target.__setstate__(state)
        elif type(target) is collections.OrderedDict:
            vars(target).update(state)
        else:
            raise _refusal(type(target).__module__, type(target).__qualname__)

    dispatch = {**pickle._Unpickler.dispatch, pickle.BUILD[0]: load_build}


def load(file: IO[bytes], **kwargs) -> Any:
    """Read one object, as ``pickle.load`` does."""
    return Unpickler(file, **kwargs).load()


def _refusal(module: str, name: str) -> pickle.UnpicklingError:
    return pickle.UnpicklingError(f'Unsupported global: GLOBAL {module}.{name}')
