"""The class order that a checkpoint was trained with, kept in it."""
from __future__ import annotations

from typing import Optional, Sequence

import torch
from torch import Tensor


class ClassOrder:
    """Mixin of a head: its class names go into the checkpoint and are checked on loading.

    Call :meth:`keep_class_order` in ``__init__``, after that of the other bases.
    """

    def keep_class_order(self, class_names: Sequence[str],
                         prompt_names: Optional[Sequence[str]] = None) -> None:
        """Set ``class_names`` and the buffer that holds them.

        Args:
            class_names: In the dataset's class order.
            prompt_names: What stands for each class in its prompt, where there are prompts.
        """
        self.class_names = list(class_names)
        lines = [name if name == prompt else f'{name}={prompt}'
                 for name, prompt in zip(class_names, prompt_names or class_names)]
        self.register_buffer('class_names_utf8',
                             torch.tensor(list('\n'.join(lines).encode()), dtype=torch.uint8))

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs) -> None:
        stored = state_dict.get(prefix + 'class_names_utf8')
        if stored is not None and not torch.equal(stored.cpu(), self.class_names_utf8.cpu()):
            raise ValueError(f'the checkpoint knows the classes {_decode(stored)} in this order, '
                             f'the config {_decode(self.class_names_utf8)}: set the key '
                             '`class_names` (and `prompt_names`, the names after `=`) to the '
                             'former')
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def _decode(encoded: Tensor) -> str:
    return bytes(encoded.tolist()).decode().replace('\n', ', ')
