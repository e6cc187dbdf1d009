from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..frozen_clip import FrozenCLIP, encode_prompts, load_clip_model
from .cached_module import CachedModule


class TextTower(nn.Module):
    """CLIP's text tower without its embedding table, in the checkpoint and frozen.

    Args:
        clip_model (FrozenCLIP): Model whose tower is copied.
    """

    def __init__(self, clip_model: FrozenCLIP) -> None:
        super().__init__()
        text = clip_model.text
        self.transformer = copy.deepcopy(text.transformer)
        self.ln_final = copy.deepcopy(text.ln_final)
        self.positional_embedding = nn.Parameter(text.positional_embedding.detach().clone())
        self.text_projection = copy.deepcopy(text.text_projection)
        self.register_buffer('attn_mask', text.attn_mask.clone(), persistent=False)
        self.requires_grad_(False)


class DescriptionPrompts(CachedModule):
    """Class features: a description of each class behind learned vectors of its own (DFER-CLIP).

    A prompt is [V]_1 ... [V]_M [DESCRIPTION]. The text tower and the embedded descriptions are in
    the checkpoint, so that weights from elsewhere bring their own.

    Args:
        clip_model (dict): Arguments of :func:`load_clip_model`. Its weights are read when training
            starts.
        descriptions (Sequence[str]): One text per class, in class order.
        num_tokens (int): M, which may be 0. Defaults to 8.

    Attributes:
        tokens (Tensor): Buffer, token ids of the descriptions without the learned vectors, int64 of
            shape (K, L). Their embeddings are the buffers ``start`` (K, 1, W) and ``names``
            (K, L - 1 - M, W).

    Raises:
        ValueError: If a description is too long for the tower.
    """

    def __init__(self, *, clip_model: dict, descriptions: Sequence[str],
                 num_tokens: int = 8) -> None:
        super().__init__()
        self.clip_config = clip_model
        random = load_clip_model(clip_model['name'])
        tokens = random.tokenize(descriptions)
        lengths = tokens.argmax(1) + num_tokens + 1  # the end token has the highest id
        if int(lengths.max()) > random.context_length:
            longest = int(lengths.argmax())
            raise ValueError(
                f"The description '{descriptions[longest]}' has "
                f'{int(lengths[longest]) - num_tokens} tokens, which leaves no room for the '
                f'{num_tokens} learned ones: {random.name} reads {random.context_length}. Shorten '
                'it')
        self.num_tokens = num_tokens
        self.tower = TextTower(random)
        self.register_buffer('tokens', tokens)
        self.register_buffer('start', torch.zeros(len(tokens), 1, random.text_width))
        self.register_buffer('names', torch.zeros(
            len(tokens), random.context_length - 1 - num_tokens, random.text_width))
        self.context = nn.Parameter(torch.empty(len(tokens), num_tokens, random.text_width),
                                    requires_grad=num_tokens > 0)
        nn.init.normal_(self.context, std=0.02)
        self.embed(random.text.token_embedding.weight)

    @torch.no_grad()
    def embed(self, table: Tensor) -> None:
        """Embed the descriptions anew.

        Args:
            table (Tensor): Token embeddings of shape (V, W).
        """
        rows = table.detach().to(self.start.device)[self.tokens]
        self.start.copy_(rows[:, :1])
        self.names.copy_(rows[:, 1:1 + self.names.shape[1]])

    def init_weights(self) -> None:
        """Read CLIP's weights, from which training starts."""
        trained = load_clip_model(**self.clip_config)
        self.tower.load_state_dict(TextTower(trained).state_dict())
        self.embed(trained.text.token_embedding.weight)

    def compute(self) -> Tensor:
        """Compute the class features.

        Returns:
            Tensor: Class features of shape (K, D), not normalized.
        """
        ends = self.tokens.argmax(1) + self.num_tokens
        prompts = torch.cat([self.start, self.context, self.names], 1)[:, :int(ends.max()) + 1]
        return encode_prompts(self.tower, prompts, ends)
