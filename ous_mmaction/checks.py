"""Checks of configured values, with the error messages that they share."""
from __future__ import annotations

from collections.abc import Sequence

_ABSENT = 'nothing'


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


def first_difference(a: object, b: object, prefix: str = '') -> tuple[str, object, object]:
    """Find the first entry in which two nested dicts or lists differ.

    Args:
        a (object): A nested dict or list.
        b (object): One that differs from ``a``.
        prefix (str): Dotted name of both. Defaults to ``''``.

    Returns:
        tuple[str, object, object]: Dotted name of the entry, its value in ``a`` and that in ``b``,
        ``'nothing'`` where it is absent.

    Examples:
        >>> first_difference(dict(model=dict(depth=18, width=[8])), dict(model=dict(depth=34)))
        ('model.depth', 18, 34)
    """
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        a, b = dict(enumerate(a)), dict(enumerate(b))
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys([*a, *b]):
            left, right = a.get(key, _ABSENT), b.get(key, _ABSENT)
            if left != right:
                return first_difference(left, right, f'{prefix}.{key}')
    return prefix.lstrip('.'), a, b
