"""Checks of configured values, with the error messages that they share."""
from __future__ import annotations

from collections.abc import Sequence


def one_of(key: str, value: object, options: Sequence[object]) -> None:
    """Check that a configured value is one of several options.

    Args:
        key (str): Name of the key, with its class if the name alone is not clear.
        value (object): Value in the config.
        options (Sequence[object]): Values that the key can take.

    Raises:
        ValueError: If the value is none of the options.

    Examples:
        >>> one_of('StreamLSTM.axis', 'time', ('time', 'stream'))
        >>> one_of('StreamLSTM.axis', 'space', ('time', 'stream'))
        Traceback (most recent call last):
        ValueError: The key `StreamLSTM.axis` must be one of time, stream, but got 'space'
    """
    if value not in options:
        raise ValueError(f'The key `{key}` must be one of {", ".join(map(str, options))}, '
                         f'but got {value!r}')
