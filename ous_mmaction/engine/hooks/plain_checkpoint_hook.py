from __future__ import annotations

from typing import Optional

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from mmengine.model import is_model_wrapper

from ...version import __version__


@HOOKS.register_module()
class PlainCheckpointHook(Hook):
    """Checkpoints of tensors and plain data, which describe themselves.

    MMEngine's hold ``HistoryBuffer`` objects, which torch >= 2.6 refuses to load and which no
    loader that runs no code can accept. This hook writes their numbers instead and makes objects
    of them again on loading. It also names in ``meta['ous_mmaction']`` what the weights belong to:
    package version, class order, CLIP model, tag and fingerprint.
    """

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        scalars = checkpoint['message_hub']['log_scalars']
        checkpoint['message_hub']['log_scalars'] = {
            name: dict(max_length=buffer.max_length,
                       log=torch.as_tensor(np.asarray(buffer.data[0], dtype=np.float64)),
                       count=torch.as_tensor(np.asarray(buffer.data[1], dtype=np.int64)))
            for name, buffer in scalars.items()}
        checkpoint['message_hub'] = _plain(checkpoint['message_hub'])
        checkpoint['param_schedulers'] = _plain(checkpoint.get('param_schedulers'))
        checkpoint['meta'] = _plain(checkpoint['meta'])
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        checkpoint['meta']['ous_mmaction'] = describe(model)

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        scalars = checkpoint.get('message_hub', {}).get('log_scalars', {})
        for name, value in scalars.items():
            if isinstance(value, dict):
                scalars[name] = HistoryBuffer(value['log'].tolist(), value['count'].tolist(),
                                              max_length=value['max_length'])


def describe(model: torch.nn.Module) -> dict:
    """What a model's weights belong to, in plain data."""
    clip: Optional[object] = next(
        (module.clip for module in model.modules() if hasattr(module, 'clip_fingerprint')), None)
    return dict(
        version=__version__,
        class_names=getattr(getattr(model, 'cls_head', None), 'class_names', None),
        clip=clip and dict(model=clip.name, pretrained=clip.pretrained,
                           fingerprint=clip.fingerprint))


def _plain(value):
    """The same data without numpy scalars, arrays and special dicts."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item) for item in value)
    if isinstance(value, np.ndarray):
        return torch.as_tensor(value)
    if isinstance(value, np.generic):
        return value.item()
    return value
