"""A CLIP model that is read, never trained, and held once per process."""
from __future__ import annotations

import functools
import hashlib
import os
import pickle
from pathlib import Path
from typing import Optional, Sequence

import open_clip
import torch
from mmengine.dist import barrier, is_main_process
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..compat import explain_refusal

# The demo's own CLIP, by name as any other: model='vit_demo', pretrained='rendered'.
_SHIPPED = Path(__file__).parents[1] / 'synthetic' / 'weights'
_SHIPPED_WEIGHTS = {('vit_demo', 'rendered'): _SHIPPED / 'vit_demo.safetensors'}


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
                 pretrained: Optional[str] = None) -> None:
        blocks = getattr(getattr(model.visual, 'transformer', None), 'resblocks', None)
        if blocks is None:
            raise ValueError(f"CLIP model '{name}' has no ViT image tower: the polarity encoder "
                             'reads its blocks; choose a ViT model in the key `clip`')
        text = model.text if hasattr(model, 'text') else model
        pooling = getattr(text, 'pool_type', getattr(text, 'text_pool_type', None))
        if (getattr(text, 'attn_mask', None) is None or pooling != 'argmax'
                or getattr(text, 'cls_emb', None) is not None):
            raise ValueError(f"CLIP model '{name}' has no causal text tower that ends at its end "
                             'token: prompts need one; choose another model in the key `clip`')
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
                      tap_from: int = 0) -> tuple[Tensor, Optional[Tensor]]:
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


class CLIPHolder(BaseModule):
    """A module that reads a :class:`FrozenCLIP`, moves with it and checks checkpoints against it.

    Args:
        clip: Keyword arguments of :func:`load_clip`.
    """

    def __init__(self, clip: dict, init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.clip = load_clip(**clip)
        self.register_buffer('clip_fingerprint', torch.tensor(
            list(bytes.fromhex(self.clip.fingerprint)), dtype=torch.uint8))

    def _apply(self, fn, recurse: bool = True):
        super()._apply(fn, recurse)
        self.clip.model._apply(fn)
        return self

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs) -> None:
        stored = state_dict.get(prefix + 'clip_fingerprint')
        if stored is not None and not torch.equal(stored.cpu(), self.clip_fingerprint.cpu()):
            raise ValueError(
                f'the checkpoint was trained on another CLIP (fingerprint '
                f'{bytes(stored.tolist()).hex()[:12]}) than {self.clip.name}/'
                f'{self.clip.pretrained} ({self.clip.fingerprint[:12]}): set the key `clip` to '
                'the model and weights that the checkpoint names in its meta')
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def fingerprint_of(model: nn.Module) -> str:
    """32 hex digits over names and float32 values of all weights, in the order of the names."""
    digest = hashlib.blake2b(digest_size=16)
    for name, value in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().float().reshape(-1).numpy())
    return digest.hexdigest()


@functools.lru_cache(maxsize=None)
def load_clip(model: str, pretrained: Optional[str] = None) -> FrozenCLIP:
    """The frozen CLIP of a name, one object per process.

    Args:
        model: open_clip model name, or ``vit_demo``.
        pretrained: open_clip tag, path of a weight file (.safetensors, .pt), ``rendered`` for
            ``vit_demo``; None for random weights, the same in every process.

    Raises:
        ValueError: The model is unknown.
        FileNotFoundError: The weights are neither a file nor to be downloaded; the line says which
            file to fetch.
    """
    if model not in open_clip.list_models():
        open_clip.add_model_config(_SHIPPED)
    if model not in open_clip.list_models():
        raise ValueError(f"open_clip knows no model '{model}' (key `clip.model`); "
                         'see open_clip.list_models()')
    weights = str(_SHIPPED_WEIGHTS.get((model, pretrained), pretrained or ''))
    if weights and not os.path.isfile(weights):
        weights = _download(model, weights)
    # Random weights must not depend on what was built before, nor on the rank.
    with torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(0)  # GPUs keep the run's seed
        try:
            clip = open_clip.create_model(model, pretrained=weights or None)
        except pickle.UnpicklingError as error:
            raise ValueError(explain_refusal(weights, error)) from error
        except (RuntimeError, ValueError, KeyError, OSError) as error:
            raise ValueError(f"{weights}: no weights of open_clip's '{model}' "
                             f'({str(error).splitlines()[0]}); set the key `clip`') from error
    return FrozenCLIP(clip, open_clip.get_tokenizer(model), model, pretrained)


def _download(model: str, tag: str) -> str:
    """Path of a tag's weights, downloaded or from the cache."""
    source = open_clip.get_pretrained_cfg(model, tag)
    if not source:
        tags = ', '.join(open_clip.list_pretrained_tags_by_model(model)) or 'none'
        raise FileNotFoundError(f"'{tag}' (key `clip.pretrained`) is neither a file nor a tag of "
                                f"open_clip's {model}; its tags: {tags}")
    if not is_main_process():
        barrier()  # rank 0 downloads, the others find the file in the cache
    try:
        return open_clip.download_pretrained(source)
    except Exception as error:  # hub clients raise a dozen kinds
        where = source.get('url') or f"open_clip_model.safetensors of {source.get('hf_hub')}"
        raise FileNotFoundError(
            f"CLIP weights '{tag}' of {model} cannot be downloaded ({type(error).__name__}): fetch "
            f'{where} where there is network and set the key `clip.pretrained` to the file'
        ) from error
    finally:
        if is_main_process():
            barrier()
