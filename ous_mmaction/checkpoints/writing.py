"""Writing checkpoints of tensors and plain data, whole or not at all."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..atomic_files import whole_file
from ..version import __version__


def save_checkpoint(model: nn.Module, state_dict: dict, path: str | Path, **meta) -> dict:
    """Write the weights of a model together with what they belong to.

    Args:
        model (nn.Module): Model that is described, see :func:`describe_model`. Its own weights are
            not read.
        state_dict (dict): The weights.
        path (str | Path): File to write. Its folder is created.
        meta: Further entries of the checkpoint's ``meta``, plain data.

    Returns:
        dict: The checkpoint, with ``state_dict`` and ``meta``.

    Raises:
        OSError: If the file cannot be written. Then nothing is left behind.
    """
    checkpoint = dict(state_dict=state_dict, meta=dict(ous_mmaction=describe_model(model), **meta))
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, 'wb') as file:
        torch.save(checkpoint, file)
    return checkpoint


def describe_model(model: nn.Module) -> dict:
    """Describe in plain data what the weights of a model belong to.

    Args:
        model (nn.Module): A recognizer or any other module.

    Returns:
        dict: ``version`` of this package, ``class_names`` in class order or None, and ``clip``, the
        CLIP model with its tag and fingerprint, or None.
    """
    clip_model = next((module.clip_model for module in model.modules()
                       if hasattr(module, 'clip_fingerprint')), None)
    return dict(
        version=__version__,
        class_names=getattr(getattr(model, 'cls_head', None), 'class_names', None),
        clip=clip_model and dict(model=clip_model.name, pretrained=clip_model.pretrained,
                                 fingerprint=clip_model.fingerprint))


def as_plain_data(value: object) -> object:
    """Return the same data without numpy scalars, numpy arrays and special dicts.

    Args:
        value (object): Data, nested in dicts, lists and tuples.

    Returns:
        object: Python scalars, tensors in place of numpy arrays, plain dicts, lists and tuples.

    Examples:
        >>> from collections import OrderedDict
        >>> as_plain_data(OrderedDict(loss=np.float64(0.5), counts=np.array([1, 2])))
        {'loss': 0.5, 'counts': tensor([1, 2])}
    """
    if isinstance(value, dict):
        return {key: as_plain_data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(as_plain_data(item) for item in value)
    if isinstance(value, np.ndarray):
        return torch.as_tensor(value)
    if isinstance(value, np.generic):
        return value.item()
    return value
