"""Reading checkpoints of other code, which hold more than tensors, without running any of it."""
from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from .safe_loading import explain_refusal
from .stand_in import StandIn
from .torchscript import is_torchscript, read_torchscript

# What files of published DFER code name besides tensors and plain data. numpy moved its module.
_NUMPY = [f'{module}.{name}' for module in ('numpy.core.multiarray', 'numpy._core.multiarray')
          for name in ('_reconstruct', 'scalar')]
ALLOWED = ('__main__.RecorderMeter', 'argparse.Namespace', 'numpy.ndarray', 'numpy.dtype',
           'numpy.dtypes.Float32DType', 'numpy.dtypes.Float64DType', *_NUMPY)
# Where the tensors are; a file without these keys holds nothing else.
WRAPPERS = ('state_dict', 'model', 'model_state_dict')
_PLAIN = (bool, int, float, str, type(None))


def _stand_in(path: str) -> type[StandIn]:
    """Return a class of its own for a dotted name, under which torch finds it."""
    module, name = path.rsplit('.', 1)
    return type(name, (StandIn,), dict(__module__=module, __qualname__=name))


_STAND_INS = [_stand_in(path) for path in ALLOWED]


def read_foreign(path: str | Path) -> dict:
    """Read a checkpoint of other code as tensors, plain data and :class:`StandIn`.

    Args:
        path (str | Path): File.

    Returns:
        dict: Content of the file, on the CPU.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file is damaged, names an object outside :data:`ALLOWED`, or holds no
            dict.
    """
    path = os.path.expanduser(str(path))
    if not os.path.isfile(path):
        raise FileNotFoundError(f'{path}: the checkpoint file was not found. Check the path')
    if not hasattr(torch.serialization, 'safe_globals'):
        raise ValueError(f'{path}: checkpoints of other code need torch 2.5 or newer, but this is '
                         f'torch {torch.__version__}. Convert the file with a newer torch')
    try:
        if is_torchscript(path):
            return read_torchscript(path)
        with torch.serialization.safe_globals(_STAND_INS):
            content = torch.load(path, map_location='cpu', weights_only=True)
    # Damaged bytes can fail anywhere in the reader, with any kind of exception.
    except Exception as error:
        raise ValueError(explain_refusal(path, error)) from None
    if not isinstance(content, dict):
        raise ValueError(f'{path}: expected a checkpoint, which is a dict, but found '
                         f'{type(content).__name__}. Give the file of a trained model')
    return content


def foreign_tensors(content: Mapping, path: str | Path) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint by name, without the prefix of ``DataParallel``.

    Args:
        content (Mapping): Result of :func:`read_foreign`.
        path (str | Path): The file, for the error message.

    Returns:
        dict[str, Tensor]: Tensors by name.

    Raises:
        ValueError: If there are no tensors, or something else is among them.
    """
    key = next((key for key in WRAPPERS if key in content), None)
    tensors = content if key is None else content[key]
    if not isinstance(tensors, Mapping) or not tensors or not all(
            isinstance(name, str) and isinstance(x, Tensor) for name, x in tensors.items()):
        where = f'under the key `{key}`' if key else f'(nor a key of {", ".join(WRAPPERS)})'
        raise ValueError(f'{path}: there are no tensors by name {where}, where the checkpoints of '
                         'published code have them. Give the file of a trained model')
    if all(name.startswith('module.') for name in tensors):
        return {name[len('module.'):]: tensor for name, tensor in tensors.items()}
    return dict(tensors)


def foreign_notes(content: Mapping) -> dict:
    """Return the plain values that a file holds beside its tensors, such as the epoch.

    Args:
        content (Mapping): Result of :func:`read_foreign`.

    Returns:
        dict: Plain values by name. ``args`` is the dict of the command line's plain values if the
        file holds an ``argparse.Namespace``.
    """
    notes = {key: value for key, value in content.items() if isinstance(value, _PLAIN)}
    args = content.get('args')
    state = args.state if isinstance(args, StandIn) else args
    if isinstance(state, Mapping):
        notes['args'] = {key: value for key, value in state.items() if isinstance(value, _PLAIN)}
    return notes


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file, 64 hex digits."""
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()
