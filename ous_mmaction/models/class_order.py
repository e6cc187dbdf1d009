from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from ..checkpoints import StampedModule


class ClassOrder(StampedModule):
    """Mixin for heads that stores the class names in the checkpoint and checks them on loading.

    Call :meth:`keep_class_order` in ``__init__``, after the ``__init__`` of the other bases.

    Attributes:
        class_names (list[str]): Emotions in the dataset's class order.
    """

    def keep_class_order(self, class_names: Sequence[str],
                         prompt_names: Sequence[str] | None = None) -> None:
        """Set ``class_names`` and the stamp that holds them.

        Args:
            class_names (Sequence[str]): Emotions in the dataset's class order.
            prompt_names (Sequence[str], optional): Name of each class in its prompt, in the same
                order. Defaults to ``class_names``.
        """
        self.class_names = list(class_names)
        lines = [name if name == prompt else f'{name}={prompt}'
                 for name, prompt in zip(class_names, prompt_names or class_names)]
        self._own_class_order = ', '.join(lines)
        self.add_stamp('class_names_utf8', '\n'.join(lines).encode(),
                       self._explain_class_mismatch)

    def _explain_class_mismatch(self, stored: bytes) -> str:
        stored_order = stored.decode().replace('\n', ', ')
        return (f'The checkpoint was trained on the classes {stored_order}, in this order, but the '
                f'config has {self._own_class_order}. Set the key `class_names` (and '
                '`prompt_names`, the names after `=`) to those of the checkpoint')


def class_names_of(model: nn.Module) -> Sequence[str]:
    """Return the class names in a model's order.

    They come from the head, or from the config of the test set if the head has none.

    Args:
        model (nn.Module): A recognizer whose attribute ``cfg`` is the config that it was built
            from.

    Returns:
        Sequence[str]: Emotions in the model's class order.

    Raises:
        ValueError: If neither the head nor the test set names the classes.
    """
    names = getattr(model.cls_head, 'class_names', None)
    names = names or model.cfg.test_dataloader.dataset.get('classes')
    if not names:
        raise ValueError('The config names no classes. Set the key '
                         '`test_dataloader.dataset.classes`')
    return names
