"""Pure steps that converters share: rename, drop what repeats, and check that all is there."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn


def rename(tensors: Mapping[str, Tensor], prefixes: Mapping[str, str]) -> dict[str, Tensor]:
    """Replace the first prefix that a name starts with; other names stay as they are.

    Args:
        tensors (Mapping[str, Tensor]): Tensors by name.
        prefixes (Mapping[str, str]): New prefix by old prefix, the more specific ones first.

    Returns:
        dict[str, Tensor]: Tensors by their new names.

    Raises:
        ValueError: If two tensors get the same name.

    Examples:
        >>> list(rename({'fc.bias': torch.zeros(2)}, {'fc.': 'cls_head.fc_cls.'}))
        ['cls_head.fc_cls.bias']
    """
    renamed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        old = next((prefix for prefix in prefixes if name.startswith(prefix)), None)
        new = name if old is None else prefixes[old] + name[len(old):]
        if new in renamed:
            raise ValueError(f'the checkpoint has two tensors for {new}, one of them {name}. The '
                             'file is damaged or of another code')
        renamed[new] = tensor
    return renamed


def drop_copies(tensors: Mapping[str, Tensor], prefixes: Mapping[str, str]) -> dict[str, Tensor]:
    """Drop tensors that repeat others, after comparing them.

    Args:
        tensors (Mapping[str, Tensor]): Tensors by name.
        prefixes (Mapping[str, str]): Prefix of the originals by prefix of the copies. A name with
            the prefix of the copies is kept if no original has the rest of its name.

    Returns:
        dict[str, Tensor]: Tensors without the copies.

    Raises:
        ValueError: If a copy differs from its original.

    Examples:
        >>> one = torch.ones(2)
        >>> list(drop_copies({'a.weight': one, 'b.weight': one}, {'b.': 'a.'}))
        ['a.weight']
    """
    kept = {}
    for name, tensor in tensors.items():
        copy = next((prefix for prefix in prefixes if name.startswith(prefix)), None)
        original = None if copy is None else prefixes[copy] + name[len(copy):]
        if original not in tensors:
            kept[name] = tensor
        elif not torch.equal(tensor, tensors[original]):
            raise ValueError(f'the tensors {name} and {original} must be equal, but they differ, '
                             'so that it is not clear which of them was trained')
    return kept


def complete_state(converted: Mapping[str, Tensor], model: nn.Module,
                   unused: Sequence[str] = ()) -> dict[str, Tensor]:
    """Check that tensors are those of a model, no more and no fewer, and cast them to its types.

    Args:
        converted (Mapping[str, Tensor]): Tensors by our names.
        model (nn.Module): Model of the config. Its stamps are added.
        unused (Sequence[str]): Prefixes of tensors that the method's own code never reads.

    Returns:
        dict[str, Tensor]: A complete state dict.

    Raises:
        ValueError: If tensors are missing, unexpected or of another shape.
    """
    state = model.state_dict()
    stamps = {f'{path}.{name}' if path else name for path, module in model.named_modules()
              for name in module.__dict__.get('_stamps', {})}
    used = {name: x for name, x in converted.items() if not name.startswith(tuple(unused))}
    missing = [name for name in state if name not in used and name not in stamps]
    extra = [name for name in used if name not in state]
    if missing or extra:
        raise ValueError(f'the checkpoint has nothing for {join_names(missing)}, and the config '
                         f'has no place for {join_names(extra)}. Give the config of that model')
    mismatched = [f'{name} {tuple(x.shape)} for {tuple(state[name].shape)}'
                  for name, x in used.items() if x.shape != state[name].shape]
    if mismatched:
        raise ValueError("the checkpoint's shapes differ from the config's: "
                         f'{join_names(mismatched)}. Give the config of that model')
    return {name: used[name].detach().to(old.dtype).clone() if name in used else old
            for name, old in state.items()}


def join_names(names: Sequence[str], limit: int = 12) -> str:
    """Join names for a message, the first ones only if there are many.

    Examples:
        >>> join_names(['a', 'b', 'c'], limit=2)
        'a, b, and 1 more'
    """
    more = [f'and {len(names) - limit} more'] if len(names) > limit else []
    return ', '.join([*names[:limit], *more]) or 'nothing'
