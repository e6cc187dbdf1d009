"""A still-image emotion model that is read, never trained."""
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

    Like :class:`FrozenCLIP` it is deliberately no ``nn.Module``: it stays out of the checkpoint,
    the optimizer, DDP's buckets and ``train()``. It is read when it is first needed, which in
    testing is never: then its file need not be there.

    Args:
        model: Config of the recognizer: a 2D backbone and a head such as :class:`FER2DHead`.
        checkpoint: Its trained weights; None for random ones, the same in every process.
    """

    def __init__(self, model: dict, checkpoint: str | None) -> None:
        self.config = model
        self.checkpoint = checkpoint

    def __deepcopy__(self, memo: dict) -> FrozenFER2D:
        return self

    @cached_property
    def model(self) -> nn.Module:
        """The recognizer, in eval mode for ever.

        Raises:
            FileNotFoundError: The checkpoint is missing; the line says how to make it.
            ValueError: It is not this model's, or its classes are others.
        """
        if self.checkpoint is not None and not os.path.isfile(self.checkpoint):
            raise FileNotFoundError(
                f'{self.checkpoint}: the 2D model that labels frames (key '
                '`model.fer2d.checkpoint`) is missing: train it with tools/train.py '
                'configs/aen/aen_2d_affectnet.py (for the demo configs/aen/aen_2d_demo.py), or name its '
                'file; None takes random weights')
        with fixed_random_weights():
            model = MODELS.build(self.config)
        if self.checkpoint is not None:
            load_state_dict(model, read_state_dict(self.checkpoint), self.checkpoint)
        return model.eval().requires_grad_(False)

    @cached_property
    def fingerprint(self) -> str:
        """32 hex digits over all weights, float32."""
        return fingerprint_of(self.model)

    @torch.no_grad()
    def scores(self, frames: Tensor) -> Tensor:
        """Class probabilities of single frames.

        Args:
            frames: (N, 3, H, W) normalised as in the model's own training.

        Returns:
            (N, K) float32.
        """
        model = self.model.to(frames.device)
        return model.cls_head(model.backbone(frames), num_segs=1).float().softmax(1)
