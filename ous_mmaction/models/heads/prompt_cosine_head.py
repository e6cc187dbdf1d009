from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..class_order import ClassOrder
from ..layers.description_prompts import DescriptionPrompts
from ..layers.scaled_cosine import scaled_cosine


@MODELS.register_module()
class PromptCosineHead(ClassOrder, BaseHead):
    """Scaled cosines between clip features and the text features of class descriptions.

    It reads vectors of any neck in mmaction's recognizers (DFER-CLIP, CLIP-CAER, EmoCLIP).

    Args:
        class_names (Sequence[str]): Emotions in the dataset's class order.
        descriptions (dict[str, str]): Description of each class by its name.
        clip_model (dict): The CLIP model whose text tower reads the descriptions, see
            :func:`load_clip_model`.
        in_channels (int): Width D of the clip features, that of CLIP's embedding.
        num_prompt_tokens (int): Learned vectors per class, see :class:`DescriptionPrompts`.
            Defaults to 8.
        temperature (float): Divisor of the cosines. Defaults to 0.01.
        learn_temperature (bool): Whether the temperature is trained. Defaults to False.
        kwargs: Further arguments of ``BaseHead``, such as ``average_clips``.

    Raises:
        ValueError: If a class has no description, or one of them is too long.
    """

    def __init__(self, *, class_names: Sequence[str], descriptions: dict, clip_model: dict,
                 in_channels: int = 512, num_prompt_tokens: int = 8, temperature: float = 0.01,
                 learn_temperature: bool = False, **kwargs) -> None:
        missing = [name for name in class_names if name not in descriptions]
        if missing:
            raise ValueError(f'The key `descriptions` has no text for {", ".join(missing)}. '
                             'Describe every class of `class_names`')
        super().__init__(len(class_names), in_channels, **kwargs)
        self.prompts = DescriptionPrompts(
            clip_model=clip_model, num_tokens=num_prompt_tokens,
            descriptions=[descriptions[name] for name in class_names])
        self.keep_class_order(class_names)
        scale = torch.tensor(-math.log(temperature))
        if learn_temperature:
            self.log_scale = nn.Parameter(scale)
        else:
            self.register_buffer('log_scale', scale, persistent=False)

    def forward(self, feats: Tensor, **kwargs) -> Tensor:
        """Score clips.

        Args:
            feats (Tensor): Clip features of shape (B, D) or (B, D, 1).
            kwargs: Not used; part of mmaction's interface.

        Returns:
            Tensor: Logits of shape (B, K).
        """
        return scaled_cosine(feats.flatten(1), self.prompts(), self.log_scale.exp())
