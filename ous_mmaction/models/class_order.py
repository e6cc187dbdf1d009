from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from ..checkpoints import StampedModule


class ClassOrder(StampedModule):
    """Mixin of a head: its class names go into the checkpoint and are checked on loading.

    Call :meth:`keep_class_order` in ``__init__``, after that of the other bases.
    """

    def keep_class_order(self, class_names: Sequence[str],
                         prompt_names: Sequence[str] | None = None) -> None:
        """Set ``class_names`` and the stamp that holds them.

        Args:
            class_names: In the dataset's class order.
            prompt_names: What stands for each class in its prompt, where there are prompts.
        """
        self.class_names = list(class_names)
        lines = [name if name == prompt else f'{name}={prompt}'
                 for name, prompt in zip(class_names, prompt_names or class_names)]
        self._own_class_order = ', '.join(lines)
        self.add_stamp('class_names_utf8', '\n'.join(lines).encode(), self._explain_other_order)

    def _explain_other_order(self, stored: bytes) -> str:
        order = stored.decode().replace('\n', ', ')
        return (f'The checkpoint knows the classes {order} in this order, the config knows '
                f'{self._own_class_order}. Set the key `class_names` (and `prompt_names`, the names '
                'after `=`) to the former')


def class_names_of(model: nn.Module) -> Sequence[str]:
    """Class names in a model's order: its head's, or the test set's where the head knows none.

    Args:
        model: Its attribute ``cfg`` is the config that it was built from.

    Raises:
        ValueError: If neither names them.
    """
    names = getattr(model.cls_head, 'class_names', None)
    names = names or model.cfg.test_dataloader.dataset.get('classes')
    if not names:
        raise ValueError('The config names no classes. Set `test_dataloader.dataset.classes`')
    return names
