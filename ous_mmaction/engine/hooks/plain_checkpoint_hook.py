from __future__ import annotations

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from ...checkpoints import as_plain_data, describe_model


@HOOKS.register_module()
class PlainCheckpointHook(Hook):
    """Hook that reduces checkpoints to tensors and plain data and lets them describe themselves.

    MMEngine's checkpoints hold ``HistoryBuffer`` objects, which plain ``torch.load`` refuses. This
    hook saves their numbers instead, which the loaders of ``ous_mmaction.checkpoints`` turn into
    objects again. It also writes into ``meta['ous_mmaction']`` what the
    weights belong to: package version, class order, CLIP model, tag and fingerprint.
    """

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Replace objects by plain data and add the description.

        Args:
            runner (Runner): MMEngine's runner.
            checkpoint (dict): Checkpoint that is about to be saved, changed in place.
        """
        scalars = checkpoint['message_hub']['log_scalars']
        checkpoint['message_hub']['log_scalars'] = {
            name: dict(max_length=buffer.max_length,
                       log=torch.as_tensor(np.asarray(buffer.data[0], dtype=np.float64)),
                       count=torch.as_tensor(np.asarray(buffer.data[1], dtype=np.int64)))
            for name, buffer in scalars.items()}
        for key in ('message_hub', 'param_schedulers', 'meta'):
            if key in checkpoint:  # a run without a schedule saves none
                checkpoint[key] = as_plain_data(checkpoint[key])
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        checkpoint['meta']['ous_mmaction'] = describe_model(model)
