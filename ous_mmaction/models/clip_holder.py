from __future__ import annotations

from typing import Callable

from mmengine.model import BaseModule

from ..checkpoints import StampedModule
from .frozen_clip import load_clip_model


class CLIPHolder(StampedModule, BaseModule):
    """Base of modules that read a :class:`FrozenCLIP`.

    The CLIP model moves to the device of the module, and checkpoints are checked against it.

    Args:
        clip_model (dict): Arguments of :func:`load_clip_model`: ``name`` and ``pretrained``.
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.
    """

    def __init__(self, clip_model: dict, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.clip_model = load_clip_model(**clip_model)
        self.add_stamp('clip_fingerprint', bytes.fromhex(self.clip_model.fingerprint),
                       self._explain_clip_mismatch)

    def _apply(self, fn: Callable, recurse: bool = True) -> CLIPHolder:
        super()._apply(fn, recurse)
        self.clip_model.model._apply(fn)
        return self

    def _explain_clip_mismatch(self, stored: bytes) -> str:
        own = self.clip_model
        return ('The checkpoint was trained with a different CLIP model (fingerprint '
                f'{stored.hex()[:12]}) than {own.name}/{own.pretrained} (fingerprint '
                f'{own.fingerprint[:12]}). Set the key `clip_model` to the model and the weights '
                'that the checkpoint names in its meta')
