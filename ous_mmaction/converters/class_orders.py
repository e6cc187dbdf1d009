"""The class orders that published codes use, and the way from them to a config's order."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

_DFEW = ('happiness', 'sadness', 'neutral', 'anger', 'surprise', 'disgust', 'fear')
_MAFW_REST = ('contempt', 'anxiety', 'helplessness', 'disappointment')
# By the names of the facts sheet: D is DFEW's, A7 alphabetical, L7 LSTPNet's; MO is MAFW's own, MH
# puts DFEW's order first, MA is alphabetical.
ORDERS: dict[str, tuple[str, ...]] = dict(
    D=_DFEW,
    A7=('anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise'),
    L7=('neutral', 'happiness', 'sadness', 'surprise', 'fear', 'disgust', 'anger'),
    MO=('anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise', *_MAFW_REST),
    MH=(*_DFEW, *_MAFW_REST),
    MA=('anger', 'anxiety', 'contempt', 'disappointment', 'disgust', 'fear', 'happiness',
        'helplessness', 'neutral', 'sadness', 'surprise'))
_NOUNS = dict(happy='happiness', sad='sadness', angry='anger')


def permutation(order: Sequence[str], class_names: Sequence[str]) -> list[int]:
    """Return where each class of a config is in another order.

    Args:
        order (Sequence[str]): Emotions in the order of a checkpoint.
        class_names (Sequence[str]): Emotions in the order of a config. Case does not matter, and
            nouns and adjectives count as the same.

    Returns:
        list[int]: Index into ``order`` of each of ``class_names``.

    Raises:
        ValueError: If the emotions are not the same.

    Examples:
        >>> permutation(ORDERS['A7'], ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust',
        ...                            'Fear'])
        [3, 5, 4, 0, 6, 1, 2]
    """
    nouns = [_NOUNS.get(name.lower(), name.lower()) for name in class_names]
    if sorted(nouns) != sorted(order):
        raise ValueError(f'the checkpoint has the classes {", ".join(order)}, but the config has '
                         f'{", ".join(class_names)}. Give the config of its dataset')
    return [list(order).index(noun) for noun in nouns]


def reorder(tensors: Mapping[str, Tensor], names: Sequence[str],
            indices: Sequence[int]) -> dict[str, Tensor]:
    """Reorder the first axis of some tensors.

    Args:
        tensors (Mapping[str, Tensor]): Tensors by name.
        names (Sequence[str]): Names of tensors whose first axis are the classes.
        indices (Sequence[int]): Old index of each new row.

    Returns:
        dict[str, Tensor]: All tensors.
    """
    rows = torch.tensor(indices)
    return {name: x[rows] if name in names else x for name, x in tensors.items()}
