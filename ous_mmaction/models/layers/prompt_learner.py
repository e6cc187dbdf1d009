from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..clip_holder import CLIPHolder
from .cached_module import CachedModule


class PromptLearner(CachedModule, CLIPHolder):
    """Class features: learnable prompts, encoded by the frozen text tower.

    A prompt is [V]_1 ... [V]_M [CLASS] (eq. 11). All classes share the M vectors.

    Args:
        clip_model (dict): Arguments of :func:`load_clip_model`.
        class_names (Sequence[str]): Names of the classes in the prompts, in class order.
        num_tokens (int): M.
        suffix (str): Text after the class name. The released code has a period. Defaults to none.

    Raises:
        ValueError: If a prompt does not fit into the context of the tower.
    """

    def __init__(self, *, clip_model: dict, class_names: Sequence[str], num_tokens: int,
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
                f"The prompt of class '{longest}' has {length} tokens ({num_tokens} of them "
                f'learned), but {self.clip_model.name} reads {self.clip_model.context_length}. Set '
                f'the key `num_prompt_tokens` to at most {room}')
        embeddings = self.clip_model.embed_tokens(tokens).detach().cpu()
        # These come from the frozen tower and are therefore not saved in the checkpoint. Positions
        # after the longest prompt are cut off: the tower is causal, so they do not matter.
        self.register_buffer('start', embeddings[:, :1].clone(), persistent=False)
        self.register_buffer('names', embeddings[:, 1:length - num_tokens].clone(),
                             persistent=False)
        self.register_buffer('ends', ends, persistent=False)
        self.context = nn.Parameter(torch.empty(num_tokens, self.clip_model.text_width))
        nn.init.normal_(self.context, std=0.02)

    def prompts(self) -> Tensor:
        """Return the embedded prompts, of shape (K, L, text_width).

        They are cut off after the end token of the longest one.
        """
        context = self.context.expand(len(self.start), -1, -1)
        return torch.cat([self.start, context, self.names], 1)

    def compute(self) -> Tensor:
        """Compute the class features.

        Returns:
            Tensor: Class features of shape (K, D), not normalized.
        """
        return self.clip_model.encode_prompts(self.prompts(), self.ends,
                                              num_shared=1 + len(self.context))
