"""Checks of configured values, with the error messages that they share."""
from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

CHECKPOINT = 'the checkpoint'

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


def known_key(key: str, name: str, known: Iterable[str], where: str) -> None:
    """Check that a key is one of those that are read.

    Args:
        key (str): Key in full, for the message.
        name (str): Its last part.
        known (Iterable[str]): Names that are read.
        where (str): Where the key stands, for the message.

    Raises:
        ValueError: If it is not, with the name that is most like it.

    Examples:
        >>> known_key('env_cfg.mp_cfg', 'mp_cfg', ['mp_cfg'], 'a.py')
        >>> known_key('load_form', 'load_form', ['load_from', 'resume'], '--cfg-options')
        Traceback (most recent call last):
        ValueError: --cfg-options: nothing reads the key `load_form`. Did you mean `load_from`?
    """
    known = sorted(known)
    if name in known:
        return
    similar = difflib.get_close_matches(name, known, 1)
    remedy = f'Did you mean `{similar[0]}`?' if similar else f'Known keys are {", ".join(known)}'
    raise ValueError(f'{where}: nothing reads the key `{key}`. {remedy}')


def same_class_order(head: object, orders: Mapping[str, Sequence[str] | None]) -> None:
    """Check that a head, datasets and a checkpoint list the same classes in the same order.

    Args:
        head (object): Head with ``class_names`` or ``num_classes``, or neither.
        orders (Mapping[str, Sequence[str] | None]): Key or file -> class names in the order of its
            labels; None if it names no classes. ``'the checkpoint'`` counts only if it has as many
            classes as the others, since another number does not fit the classifier anyway.

    Raises:
        ValueError: If two orders differ, or the head has another number of classes.

    Examples:
        >>> same_class_order(None, dict(train=['Happy', 'Sad'], test=('Happy', 'Sad'), val=None))
        >>> same_class_order(None, dict(train=['Happy', 'Sad'], test=['Sad', 'Happy']))
        Traceback (most recent call last):
        ValueError: The class order of train is Happy, Sad, but that of test is Sad, Happy. Labels \
would stand for other emotions. Set the keys `class_names` and `classes` to the same names in the \
same order
    """
    orders = {'model.cls_head.class_names': getattr(head, 'class_names', None), **orders}
    known = {name: list(order) for name, order in orders.items() if order}
    if not known:
        return
    (first, expected), *others = known.items()
    for name, order in others:
        if name == CHECKPOINT and len(order) != len(expected):
            continue
        if order != expected:
            raise ValueError(f'The class order of {first} is {", ".join(expected)}, but that of '
                             f'{name} is {", ".join(order)}. Labels would stand for other '
                             'emotions. Set the keys `class_names` and `classes` to the same '
                             'names in the same order')
    classes = getattr(head, 'num_classes', None)
    if first != CHECKPOINT and classes not in (None, len(expected)):
        raise ValueError(f'The key `model.cls_head.num_classes` is {classes}, but {first} has '
                         f'{len(expected)} classes ({", ".join(expected)}). Make them agree')


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
