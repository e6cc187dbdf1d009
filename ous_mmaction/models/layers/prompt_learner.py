from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..clip_holder import CLIPHolder


class PromptLearner(CLIPHolder):
    """Class features: learnable prompts through the frozen text tower.

    A prompt is [V]_1 ... [V]_M [CLASS] (eq. 11); all classes share the M vectors.

    Args:
        clip_model: Arguments of :func:`load_clip_model`.
        class_names: In the dataset's class order.
        num_tokens: M.
        suffix: Text after the class name; the released code has a full stop.

    Raises:
        ValueError: A prompt does not fit the tower's context.
    """

    def __init__(self, clip_model: dict, class_names: Sequence[str], num_tokens: int,
                 suffix: str = '') -> None:
        super().__init__(clip_model)
        tokens = self.clip_model.tokenize([name + suffix for name in class_names])
        # The end token has the highest id.
        ends = tokens.argmax(1) + num_tokens
        length = int(ends.max()) + 1
        if length > self.clip_model.context_length:
            longest = class_names[int(ends.argmax())]
            room = num_tokens - length + self.clip_model.context_length
            raise ValueError(
                f"the prompt of class '{longest}' has {length} tokens, {num_tokens} of them "
                f'learned, but {self.clip_model.name} reads {self.clip_model.context_length}: set the key '
                f'`num_prompt_tokens` to at most {room}')
        embeddings = self.clip_model.embed_tokens(tokens).detach().cpu()
        # Taken from the frozen tower, so not in the checkpoint. Positions after the longest prompt
        # are cut: the tower is causal, they cannot matter.
        self.register_buffer('start', embeddings[:, :1].clone(), persistent=False)
        self.register_buffer('names', embeddings[:, 1:length - num_tokens].clone(),
                             persistent=False)
        self.register_buffer('ends', ends, persistent=False)
        self.context = nn.Parameter(torch.empty(num_tokens, self.clip_model.text_width))
        nn.init.normal_(self.context, std=0.02)
        self._cached: Tensor | None = None

    def prompts(self) -> Tensor:
        """(K, L, text_width) embedded prompts, cut after the longest one's end token."""
        context = self.context.expand(len(self.start), -1, -1)
        return torch.cat([self.start, context, self.names], 1)

    def forward(self) -> Tensor:
        """(K, D) unnormalised class features; in eval mode without gradient computed once."""
        if self.training or torch.is_grad_enabled():
            return self.clip_model.encode_prompts(self.prompts(), self.ends)
        if self._cached is None:
            self._cached = self.clip_model.encode_prompts(self.prompts(), self.ends)
        return self._cached

    def train(self, mode: bool = True):
        self._cached = None
        return super().train(mode)

    def _apply(self, fn, recurse: bool = True):
        self._cached = None
        return super()._apply(fn, recurse)

    def _load_from_state_dict(self, *args, **kwargs) -> None:
        self._cached = None
        super()._load_from_state_dict(*args, **kwargs)
