"""Nested plain data with arrays as JSON text: a state file that nothing needs to unpickle."""
from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np


def dump_state(state: Any) -> str:
    """Write nested dicts, lists, numbers, strings and arrays as JSON.

    Args:
        state (Any): The data. Keys are strings.

    Returns:
        str: One line. :func:`load_state` gives the same data, with tuples as lists.

    Examples:
        >>> load_state(dump_state(dict(box=np.float32([1, 2.5]))))
        {'box': array([1. , 2.5], dtype=float32)}
    """
    return json.dumps(state, default=_encode)


def load_state(text: str) -> Any:
    """Invert :func:`dump_state`."""
    return json.loads(text, object_hook=_decode)


def _encode(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return dict(__array__=base64.b64encode(np.ascontiguousarray(value)).decode(),
                    dtype=value.dtype.str, shape=value.shape)
    raise TypeError(f'A state holds plain data and arrays, not {type(value).__name__}')


def _decode(entry: dict) -> Any:
    if '__array__' not in entry:
        return entry
    data = np.frombuffer(base64.b64decode(entry['__array__']), np.dtype(entry['dtype']))
    return data.reshape(entry['shape']).copy()
