"""A CLIP model that is read, never trained, and held once per process."""
from __future__ import annotations

import functools
import pickle
from collections.abc import Sequence

import open_clip
import torch
from torch import Tensor, nn

from ..checkpoints import explain_refusal, find_clip_weights, fingerprint_of
from ..rendered import WEIGHTS
from .fixed_random_weights import fixed_random_weights

# The demo's own CLIP, by name as any other: model='vit_demo', pretrained='rendered'.
_SHIPPED_WEIGHTS = {('vit_demo', 'rendered'): WEIGHTS / 'vit_demo.safetensors'}


class FrozenCLIP:
    """The two towers of an open_clip model, frozen.

    It is deliberately no ``nn.Module``: held by a module as a plain attribute, it stays out of the
    checkpoint, the optimizer, DDP's buckets, ``init_weights()`` and ``train()``. Models of one
    process share it, and so its device and dtype.

    Args:
        model: An open_clip model with a ViT image tower and a causal text tower.
        tokenizer: The tokenizer that belongs to it.
        name: open_clip model name.
        pretrained: open_clip tag or weight file; None for random weights.

    Attributes:
        embed_dims (int): D, width of the common embedding.
        width (int): W, width of the image tower.
        fingerprint (str): 32 hex digits over all weights, float32.
    """

    def __init__(self, model: nn.Module, tokenizer, name: str,
                 pretrained: str | None = None) -> None:
        blocks = getattr(getattr(model.visual, 'transformer', None), 'resblocks', None)
        if blocks is None:
            raise ValueError(f"CLIP model '{name}' has no ViT image tower: the polarity encoder "
                             'reads its blocks; choose a ViT model in the key `clip_model`')
        text = model.text if hasattr(model, 'text') else model
        pooling = getattr(text, 'pool_type', getattr(text, 'text_pool_type', None))
        if (getattr(text, 'attn_mask', None) is None or pooling != 'argmax'
                or getattr(text, 'cls_emb', None) is not None):
            raise ValueError(f"CLIP model '{name}' has no causal text tower that ends at its end "
                             'token: prompts need one; choose another model in the key `clip_model`')
        self.model = model.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        self.name = name
        self.pretrained = pretrained
        self.text = text
        self.context_length: int = self.text.context_length
        self.text_width: int = self.text.token_embedding.embedding_dim
        self.width: int = model.visual.conv1.out_channels
        self.embed_dims: int = model.visual.output_dim
        self.fingerprint = fingerprint_of(model)

    def __deepcopy__(self, memo: dict) -> FrozenCLIP:
        return self  # a copy of a model, such as an averaged one, reads the same CLIP

    @property
    def logit_scale(self) -> Tensor:
        """() inverse temperature of the contrastive logits."""
        return self.model.logit_scale.exp()

    @torch.no_grad()
    def encode_frames(self, images: Tensor, num_taps: int = 0,
                      tap_from: int = 0) -> tuple[Tensor, Tensor | None]:
        """Embed frames (eq. 12), with the token means of the first blocks on the way.

        Args:
            images: (N, 3, H, W) normalised frames.
            num_taps: How many of the first blocks are tapped.
            tap_from: First image whose taps are wanted; those before it are not averaged.

        Returns:
            (N, D) projected, unnormalised embeddings, and (N - tap_from, num_taps, W) or None.
        """
        taps: list[Tensor] = []
        blocks = self.model.visual.transformer.resblocks[:num_taps]
        # open_clip's towers differ in layout inside, (N, L, W) or (L, N, W).
        token_dim = 1 if self.model.visual.transformer.batch_first else 0

        def tap(module, args, output):
            taps.append(output.narrow(1 - token_dim, tap_from, images.shape[0] - tap_from)
                        .mean(token_dim))

        hooks = [block.register_forward_hook(tap) for block in blocks]
        try:
            features = self.model.encode_image(images)
        finally:
            for hook in hooks:
                hook.remove()
        return features, torch.stack(taps, 1) if taps else None

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """(K, context_length) token ids: start, text, end, zeros."""
        return self.tokenizer(list(texts), context_length=self.context_length)

    def embed_tokens(self, tokens: Tensor) -> Tensor:
        """(K, L) ids -> (K, L, text_width) token embeddings, without positions."""
        return self.text.token_embedding(tokens.to(self.text.token_embedding.weight.device))

    def encode_prompts(self, prompts: Tensor, ends: Tensor) -> Tensor:
        """Text features of prompts given as token embeddings; gradients reach the prompts.

        The tower is causal, so positions after the longest prompt's end cannot matter and need
        not be in ``prompts``.

        Args:
            prompts: (K, L, text_width) embeddings of start, context, class and end tokens.
            ends: (K,) position of each end token.

        Returns:
            (K, D) unnormalised text features.
        """
        text, length = self.text, prompts.shape[1]
        dtype = text.transformer.get_cast_dtype()
        x = prompts.to(dtype) + text.positional_embedding[:length].to(dtype)
        x = text.transformer(x, attn_mask=text.attn_mask[:length, :length])
        x = text.ln_final(x[torch.arange(len(x), device=x.device), ends])
        projection = text.text_projection
        return projection(x) if isinstance(projection, nn.Linear) else x @ projection


@functools.cache
def load_clip_model(name: str, pretrained: str | None = None) -> FrozenCLIP:
    """The frozen CLIP of a name, one object per process.

    Args:
        name: open_clip model name, or ``vit_demo``.
        pretrained: open_clip tag, path of a weight file (.safetensors, .pt), ``rendered`` for
            ``vit_demo``; None for random weights, the same in every process.

    Raises:
        ValueError: If the model is unknown, or the file holds no weights of it.
        FileNotFoundError: If the weights are neither a file nor can be downloaded; the message
            names the file to fetch.
    """
    if name not in open_clip.list_models():
        open_clip.add_model_config(WEIGHTS)
    if name not in open_clip.list_models():
        raise ValueError(f"open_clip knows no model '{name}' (key `clip_model.name`). "
                         'open_clip.list_models() lists those that it knows')
    weights = None
    if pretrained:
        shipped = _SHIPPED_WEIGHTS.get((name, pretrained))
        weights = str(shipped or find_clip_weights(name, pretrained))
    with fixed_random_weights():
        try:
            model = open_clip.create_model(name, pretrained=weights)
        except pickle.UnpicklingError as error:
            raise ValueError(explain_refusal(weights, error)) from error
        except (RuntimeError, ValueError, KeyError, OSError) as error:
            raise ValueError(f"{weights}: no weights of open_clip's '{name}' "
                             f'({str(error).splitlines()[0]}). Set the key `clip_model` to the '
                             'model that they are of') from error
    return FrozenCLIP(model, open_clip.get_tokenizer(name), name, pretrained)
