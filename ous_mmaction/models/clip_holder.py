from __future__ import annotations

from typing import Callable

from mmengine.model import BaseModule

from ..checkpoints import StampedModule
from .frozen_clip import load_clip_model


class CLIPHolder(StampedModule, BaseModule):
    """A module that reads a :class:`FrozenCLIP`, moves with it and checks checkpoints against it.

    Args:
        clip_model: Keyword arguments of :func:`load_clip_model`: ``name`` and ``pretrained``.
    """

    def __init__(self, clip_model: dict, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.clip_model = load_clip_model(**clip_model)
        self.add_stamp('clip_fingerprint', bytes.fromhex(self.clip_model.fingerprint),
                       self._explain_other_clip_model)

    def _apply(self, fn: Callable, recurse: bool = True) -> CLIPHolder:
        super()._apply(fn, recurse)
        self.clip_model.model._apply(fn)
        return self

    def _explain_other_clip_model(self, stored: bytes) -> str:
        own = self.clip_model
        return (f'The checkpoint was trained on another CLIP (fingerprint {stored.hex()[:12]}) than '
                f'{own.name}/{own.pretrained} ({own.fingerprint[:12]}). Set the key `clip_model` to '
                'the model and the weights that the checkpoint names in its meta')
