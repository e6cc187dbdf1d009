"""Checks of configured values, with the error messages that they share."""
from __future__ import annotations

from collections.abc import Sequence


def one_of(key: str, value: object, options: Sequence[object]) -> None:
    """Check that a configured value is one of several.

    Args:
        key: Name of the key, with its class where the name alone is not clear.
        value: What the config says.
        options: What the key takes.

    Raises:
        ValueError: If it is none of them.

    Examples:
        >>> one_of('StreamLSTM.axis', 'time', ('time', 'stream'))
        >>> one_of('StreamLSTM.axis', 'space', ('time', 'stream'))
        Traceback (most recent call last):
        ValueError: The key `StreamLSTM.axis` must be one of time, stream, but got 'space'
    """
    if value not in options:
        raise ValueError(f'The key `{key}` must be one of {", ".join(map(str, options))}, '
                         f'but got {value!r}')
