from __future__ import annotations

import torch
from mmaction.models.recognizers import Recognizer3D
from torch import Tensor, nn

from ..models.backbones import OpenCLIPBackbone


class ClipScorer(nn.Module):
    """A recognizer with its normalization, from the pixels of clips to scores.

    All recognizers read clips of shape (B, T, 3, S, S) here. One clip is one view; whoever tests
    several views of a video averages their probabilities.

    Args:
        model (nn.Module): Recognizer in evaluation mode. Its CLIP encodes every frame from now on,
            also one that both streams share, so that no size depends on pixels.

    Raises:
        ValueError: If the data preprocessor does more than stack and normalize RGB frames.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        if isinstance(model.backbone, OpenCLIPBackbone):
            model.backbone.skip_repeats = False
        preprocessor = model.data_preprocessor
        if hasattr(preprocessor, 'preprocessors'):  # one for each input, as AEN has
            preprocessor = preprocessor.preprocessors['imgs']
        if getattr(preprocessor, 'to_rgb', False) or not hasattr(preprocessor, 'mean'):
            raise ValueError(
                'The export needs a `data_preprocessor` that normalizes RGB frames by `mean` and '
                f'`std`, but got {type(preprocessor).__name__} with other work to do. Give it '
                '`mean` and `std`, and leave `to_rgb` out')
        for name in ('mean', 'std'):
            # A copy: a tensor that two modules share gets one name twice in the graph.
            value = getattr(preprocessor, name).detach().clone().reshape(3, 1, 1)
            self.register_buffer(name, value, persistent=False)

    def forward(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Score clips.

        Args:
            inputs (dict[str, Tensor]): By the name that the model has for it, the empty name where
                it has none: frames of shape (B, T, 3, S, S) with values from 0 to 255, and
                ``mask``, bool of shape (B, T).

        Returns:
            tuple[Tensor, Tensor]: Logits and probabilities, each of shape (B, K).

        Raises:
            ValueError: If the inputs differ in B or T.
        """
        first, *others = inputs.values()
        # This also tells the exporter that all inputs have one batch and one time axis.
        if any(value.shape[:2] != first.shape[:2] for value in others):
            raise ValueError('All inputs must have the same number of clips and frames')
        inputs = {name: value if name == 'mask' else (value.float() - self.mean) / self.std
                  for name, value in inputs.items()}
        if '' in inputs:
            inputs = inputs['']
            if isinstance(self.model, Recognizer3D):
                inputs = inputs.transpose(1, 2)[:, None]  # (B, 1, 3, T, S, S)
        logits = self.model.extract_feat(inputs, stage='head')[0]
        return logits, torch.softmax(logits, 1)
