"""A CLIP model that is only read, never trained, and held once per process."""
from __future__ import annotations

import functools
import pickle
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Callable

import open_clip
import torch
from torch import Tensor, nn

from ..checkpoints import (
    explain_refusal,
    find_clip_weights,
    fingerprint_of,
    is_torchscript,
    load_from_local,
    load_state_dict,
)
from ..rendered import WEIGHTS
from .fixed_random_weights import fixed_random_weights
from .packed_prompts import pack_prompts
from .tower_precision import prepare_tower

# The demo's own CLIP model is named like any other: model='vit_demo', pretrained='rendered'.
_SHIPPED_WEIGHTS = {('vit_demo', 'rendered'): WEIGHTS / 'vit_demo.safetensors'}

# What OpenAI's archives hold beside the weights; open_clip makes the mask itself.
_NOT_WEIGHTS = {'input_resolution', 'context_length', 'vocab_size', 'attn_mask'}


class FrozenCLIP:
    """The two towers of an open_clip model, frozen.

    It is deliberately not an ``nn.Module``: as a plain attribute of a module, it stays out of the
    checkpoint, the optimizer, DDP's buckets, ``init_weights()`` and ``train()``. The models of one
    process share it, and therefore share its device and dtype.

    Args:
        model (nn.Module): An open_clip model with a ViT image tower and a causal text tower.
        tokenizer (Callable): The tokenizer of that model.
        name (str): open_clip's name of the model.
        pretrained (str, optional): open_clip tag or weight file. None means random weights.

    Attributes:
        embed_dims (int): D, width of the common embedding.
        width (int): W, width of the image tower.
        text_width (int): Width of the text tower.
        context_length (int): Number of tokens that the text tower reads.
        fingerprint (str): Fingerprint of all weights as float32, 32 hex digits.

    Raises:
        ValueError: If one of the towers is of another kind.
    """

    def __init__(self, model: nn.Module, tokenizer: Callable, name: str,
                 pretrained: str | None = None) -> None:
        blocks = getattr(getattr(model.visual, 'transformer', None), 'resblocks', None)
        if blocks is None:
            raise ValueError(f"The CLIP model '{name}' has no ViT image tower, whose blocks the "
                             'polarity encoder reads. Set the key `clip_model` to a ViT model')
        text = model.text if hasattr(model, 'text') else model
        pooling = getattr(text, 'pool_type', getattr(text, 'text_pool_type', None))
        if (getattr(text, 'attn_mask', None) is None or pooling != 'argmax'
                or getattr(text, 'cls_emb', None) is not None):
            raise ValueError(f"The CLIP model '{name}' has no causal text tower that pools at its "
                             'end token, which the prompts need. Set the key `clip_model` to '
                             'another model')
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
        self._prepared: dict[tuple, nn.Module] = {}

    def __deepcopy__(self, memo: dict) -> FrozenCLIP:
        return self  # a copy of a model, such as an averaged one, reads the same CLIP

    @property
    def logit_scale(self) -> Tensor:
        """Inverse temperature of the contrastive logits, of shape ()."""
        return self.model.logit_scale.exp()

    def encode_frames(self, images: Tensor, num_taps: int = 0, tap_from: int = 0,
                      precision: str = 'fp32',
                      compiled: bool = False) -> tuple[Tensor, Tensor | None]:
        """Embed frames (eq. 12) and average the tokens of the first blocks along the way.

        Args:
            images (Tensor): Normalized frames of shape (N, 3, H, W).
            num_taps (int): Number of the first blocks that are tapped. Defaults to 0.
            tap_from (int): Index of the first image whose taps are returned. Those before it are
                not averaged. Defaults to 0.
            precision (str): ``'fp32'`` for the precision of the model, ``'bf16'`` or ``'fp16'``.
                Defaults to ``'fp32'``.
            compiled (bool): Whether ``torch.compile`` compiles the blocks. Defaults to False.

        Returns:
            tuple[Tensor, Tensor | None]: Projected embeddings of shape (N, D), not normalized, and
            taps of shape (N - tap_from, num_taps, W), or None without taps. In ``'bf16'`` and
            ``'fp16'`` both are float32 as well. Neither has a gradient.
        """
        taps: list[Tensor] = []
        tower = self._tower(precision, compiled)
        blocks = tower.transformer.resblocks[:num_taps]
        # The towers of open_clip differ in their inner layout, (N, L, W) or (L, N, W).
        token_dim = 1 if tower.transformer.batch_first else 0

        def tap(module: nn.Module, args: tuple, output: Tensor) -> None:
            taps.append(output.narrow(1 - token_dim, tap_from, images.shape[0] - tap_from)
                        .mean(token_dim))

        hooks = [block.register_forward_hook(tap) for block in blocks]
        try:
            # A prepared tower casts on its own.
            with torch.inference_mode(), nullcontext() if precision == 'fp32' else torch.autocast(
                    images.device.type, enabled=False):
                features = tower(images)
        finally:
            for hook in hooks:
                hook.remove()
        # Copies, because autograd refuses tensors of the inference mode in front of trained layers.
        return features.clone(), torch.stack(taps, 1) if taps else None

    def _tower(self, precision: str, compiled: bool) -> nn.Module:
        """Return the image tower for a precision, which is prepared once per device."""
        visual = self.model.visual
        if precision == 'fp32' and not compiled:
            return visual
        key = precision, compiled, visual.conv1.weight.device, visual.conv1.weight.dtype
        if key not in self._prepared:
            with torch.inference_mode(False):
                self._prepared = {key: prepare_tower(visual, precision, compiled)}
        return self._prepared[key]

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """Tokenize K texts.

        Args:
            texts (Sequence[str]): K texts.

        Returns:
            Tensor: Token ids of shape (K, context_length): start, text, end, zeros.
        """
        return self.tokenizer(list(texts), context_length=self.context_length)

    def embed_tokens(self, tokens: Tensor) -> Tensor:
        """Look up token embeddings, without positions.

        Args:
            tokens (Tensor): Token ids of shape (K, L).

        Returns:
            Tensor: Embeddings of shape (K, L, text_width).
        """
        return self.text.token_embedding(tokens.to(self.text.token_embedding.weight.device))

    def encode_prompts(self, prompts: Tensor, ends: Tensor, num_shared: int = 1) -> Tensor:
        """Call :func:`encode_prompts` with the frozen text tower. Gradients reach the prompts."""
        return encode_prompts(self.text, prompts, ends, num_shared)


def encode_prompts(text: nn.Module, prompts: Tensor, ends: Tensor, num_shared: int = 1) -> Tensor:
    """Compute the text features of prompts by a causal text tower of open_clip.

    The tower reads all prompts as one sequence, in which the tokens that they share stand once and
    the positions after an end token not at all. The features are those of separate sequences.

    Args:
        text (nn.Module): Tower, or a module with its parts of the same names.
        prompts (Tensor): Embeddings of the start, context, class and end tokens, of shape
            (K, L, text_width).
        ends (Tensor): Position of each end token, of shape (K,).
        num_shared (int): Number of first tokens that are the same in all prompts. Defaults to the
            start token.

    Returns:
        Tensor: Text features of shape (K, D), not normalized.
    """
    dtype = text.transformer.get_cast_dtype()
    packed = pack_prompts(prompts.to(dtype), ends, num_shared)
    x = packed.tokens + text.positional_embedding[packed.positions].to(dtype)
    x = text.transformer(x[None], attn_mask=packed.mask)[0]
    x = text.ln_final(x[packed.ends])
    projection = text.text_projection
    return projection(x) if isinstance(projection, nn.Linear) else x @ projection


def _clip_tensors(archive: str) -> dict[str, Tensor]:
    """Read the state dict of OpenAI's TorchScript archive, whose names open_clip kept."""
    return {name: tensor for name, tensor in load_from_local(archive).items()
            if name.split('.')[-1] not in _NOT_WEIGHTS}


@functools.cache
def load_clip_model(name: str, pretrained: str | None = None) -> FrozenCLIP:
    """Load a frozen CLIP model, one object per process.

    Args:
        name (str): open_clip's name of the model, or ``vit_demo``.
        pretrained (str, optional): open_clip tag, path of a weight file (.safetensors, a .pt of
            tensors, or OpenAI's own .pt, whose code is not run), or ``rendered`` for ``vit_demo``.
            None means random weights, the same in every process.

    Returns:
        FrozenCLIP: The model.

    Raises:
        ValueError: If the model is unknown, or the file does not hold its weights.
        FileNotFoundError: If ``pretrained`` is neither a file nor a tag, or the weights of the tag
            cannot be downloaded. The message names the file to download.
    """
    if name not in open_clip.list_models():
        open_clip.add_model_config(WEIGHTS)
    if name not in open_clip.list_models():
        raise ValueError(f"open_clip has no model '{name}' (key `clip_model.name`). Call "
                         'open_clip.list_models() for the names that it has')
    weights = None
    if pretrained:
        shipped = _SHIPPED_WEIGHTS.get((name, pretrained))
        weights = str(shipped or find_clip_weights(name, pretrained))
    with fixed_random_weights():
        try:
            if weights and is_torchscript(weights):
                # Without the warning of `create_model` that the weights are random.
                model = open_clip.CLIP(**open_clip.get_model_config(name))
                load_state_dict(model, _clip_tensors(weights), weights)
            else:
                model = open_clip.create_model(name, pretrained=weights)
        except pickle.UnpicklingError as error:
            raise ValueError(explain_refusal(weights, error)) from error
        except (RuntimeError, ValueError, KeyError, OSError, TypeError) as error:
            raise ValueError(f"{weights}: the file does not hold weights of open_clip's '{name}' "
                             f'({str(error).splitlines()[0]}). Set the key `clip_model` to the '
                             'model that the weights belong to') from error
    return FrozenCLIP(model, open_clip.get_tokenizer(name), name, pretrained)
