"""A model for emotions in still images that is only read, never trained."""
from __future__ import annotations

import os
from functools import cached_property

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..checkpoints import fingerprint_of, load_state_dict, read_state_dict
from .fixed_random_weights import fixed_random_weights


class FrozenFER2D:
    """A trained 2D recognizer that gives frames their pseudo labels.

    Like :class:`FrozenCLIP` it is deliberately not an ``nn.Module``: it stays out of the
    checkpoint, the optimizer, DDP's buckets and ``train()``. It is built when it is first needed.
    Testing never needs it, so its file may be missing then.

    Args:
        model (dict): Config of the recognizer: a 2D backbone and a head such as
            :class:`FER2DHead`.
        checkpoint (str, optional): Its trained weights. None means random weights, the same in
            every process.
        raw_scores (bool): Whether the scores are logits, as in AEN's released code, instead of
            probabilities. Defaults to False.
    """

    def __init__(self, model: dict, checkpoint: str | None, raw_scores: bool = False) -> None:
        self.config = model
        self.checkpoint = checkpoint
        self.raw_scores = raw_scores

    def __deepcopy__(self, memo: dict) -> FrozenFER2D:
        return self

    @cached_property
    def model(self) -> nn.Module:
        """The recognizer, always in evaluation mode.

        Raises:
            FileNotFoundError: If the checkpoint is missing. The message says how to train it.
            ValueError: If the checkpoint belongs to another model or to other classes.
        """
        if self.checkpoint is not None and not os.path.isfile(self.checkpoint):
            raise FileNotFoundError(
                f'{self.checkpoint}: the checkpoint of the 2D model that labels frames (key '
                '`model.fer2d.checkpoint`) was not found. Train it with tools/train.py '
                'configs/aen/aen_2d_affectnet.py (for the demo: configs/aen/aen_2d_demo.py; for '
                'aen_released_*.py: aen_released_2d_*.py), or set the key to its path, or to None '
                'for random weights')
        with fixed_random_weights():
            model = MODELS.build(self.config)
        if self.checkpoint is not None:
            load_state_dict(model, read_state_dict(self.checkpoint), self.checkpoint)
        return model.eval().requires_grad_(False)

    @cached_property
    def fingerprint(self) -> str:
        """Fingerprint of all weights as float32, 32 hex digits."""
        return fingerprint_of(self.model)

    @torch.no_grad()
    def scores(self, frames: Tensor) -> Tensor:
        """Compute the class probabilities of single frames, or their logits.

        Args:
            frames (Tensor): Frames of shape (N, 3, H, W), normalized as in the training of this
                model.

        Returns:
            Tensor: Float32 scores of shape (N, K).
        """
        model = self.model.to(frames.device)
        logits = model.cls_head(model.backbone(frames), num_segs=1).float()
        return logits if self.raw_scores else logits.softmax(1)
