"""Checkpoints of the released OUS code, turned into ours."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor

from ..checkpoints import load_from_local, save_checkpoint
from ..models import MCFEHead, OUSRecognizer
from ..models.frozen_clip import FrozenCLIP
from ..models.layers import PromptLearner

# CLIP, which ours names and does not hold, and a layer that nothing uses.
_DROPPED = ('image_encoder.', 'image_encoder_s.', 'text_encoder.', 'cap_encoder.',
            'token_embedding.', 'ctransTo768.')
# What comes from CLIP and the class names, and only has to agree with the config's.
_START, _NAMES, _SCALE = 'prompt_learner.token_prefix', 'prompt_learner.token_suffix', 'logit_scale'
_PREFIXES = {
    'lstm.': 'neck.lstm.lstm.',
    'pencoding.frame_position_embeddings.': 'neck.frames_encoder.positions.',
    'transformerClip.resblocks.': 'neck.frames_encoder.layers.',
    'feate.': 'neck.scene_align.linear.',
    'cpencoding.frame_position_embeddings.': 'cls_head.mcfe.positions.',
    'seq_transformerClip.resblocks.': 'cls_head.mcfe.blocks.',
    'prompt_learner.ctx': 'cls_head.prompts.context',
}


def convert_checkpoint(source: str | Path, destination: str | Path, config: Config) -> dict:
    """Write a released checkpoint as one that the config tests and trains from.

    Args:
        source: Lightning checkpoint of the released code.
        destination: Ours, written whole or not at all.
        config: Normally ``configs/released/ous_released_dfew.py``.

    Returns:
        The checkpoint: ``state_dict`` and ``meta``.

    Raises:
        FileNotFoundError: The checkpoint is missing.
        ValueError: It cannot be read without running code, or is not what the config describes.
    """
    released = read_released(source)
    init_default_scope(config.get('default_scope', 'mmaction'))
    model = MODELS.build(config.model)
    if not (isinstance(model, OUSRecognizer) and isinstance(model.cls_head, MCFEHead)):
        raise ValueError('the released model is an OUSRecognizer with an MCFEHead, the config has '
                         f'{config.model.type}: use configs/released/ous_released_dfew.py')
    try:
        state = convert(released, model)
    except ValueError as error:
        raise ValueError(f'{source}: {error}') from None
    return save_checkpoint(model, state, destination, converted_from=Path(source).name)


def read_released(path: str | Path) -> dict[str, Tensor]:
    """The tensors under a checkpoint's ``state_dict``; nothing in the file is executed."""
    content = load_from_local(str(path), map_location='cpu')
    state = content.get('state_dict') if isinstance(content, dict) else None
    if not isinstance(state, dict) or not all(isinstance(x, Tensor) for x in state.values()):
        raise ValueError(f'{path}: no tensors under the key `state_dict`, where a Lightning '
                         'checkpoint has them')
    return dict(state)


def convert(released: Mapping[str, Tensor], model: OUSRecognizer) -> dict[str, Tensor]:
    """A released model's tensors under the names of ours.

    Every tensor is mapped, checked against the config, or a copy of CLIP.

    Args:
        released: Name -> tensor.
        model: What they go into, built from a config; not changed.

    Returns:
        A complete ``state_dict`` of ``model``.

    Raises:
        ValueError: A tensor is left over on either side or has another shape, or prompts or logit
            scale are not the model's.
    """
    prompts = model.cls_head.prompts
    classes, width = len(prompts.names), prompts.clip_model.text_width
    shapes = {_START: (classes, 1, width),
              _NAMES: (classes, prompts.clip_model.context_length - 1 - len(prompts.context), width),
              _SCALE: (), **{name: value.shape for name, value in model.named_parameters()}}
    # There each block holds its own queries.
    blocks, *rows = shapes.pop('cls_head.mcfe.queries', (0,))
    shapes.update({_queries(index): tuple(rows) for index in range(blocks)})

    names = {name: _name(name) for name in released if not name.startswith(_DROPPED)}
    mapped = {ours: released[name].detach() for name, ours in names.items()}
    missing = [name for name in shapes if name not in mapped]
    extra = [name for name, ours in names.items() if ours not in shapes]
    if missing or extra:
        raise ValueError(f'it has nothing for {_listed(missing)}; the config has no place for '
                         f'{_listed(extra)}')
    wrong = [f'{name} {tuple(mapped[name].shape)} for {tuple(shape)}'
             for name, shape in shapes.items() if mapped[name].shape != shape]
    if wrong:
        raise ValueError(f"its shapes are not the config's: {_listed(wrong)}")

    _check_prompts(mapped.pop(_START), mapped.pop(_NAMES), prompts)
    _check_logit_scale(mapped.pop(_SCALE), model.cls_head)
    mapped['cls_head.mcfe.queries'] = torch.stack(
        [mapped.pop(_queries(index)) for index in range(blocks)])
    state = model.state_dict()
    return {**state, **{name: value.to(state[name].dtype) for name, value in mapped.items()}}


def _name(name: str) -> str | None:
    """Our name of a released tensor; None where there is none."""
    for prefix, ours in _PREFIXES.items():
        if name.startswith(prefix):
            return ours + name[len(prefix):]
    return name if name in (_START, _NAMES, _SCALE) else None


def _queries(block: int) -> str:
    return f'cls_head.mcfe.blocks.{block}.shareq'


def _listed(names: Sequence[str], most: int = 12) -> str:
    more = [f'and {len(names) - most} more'] if len(names) > most else []
    return ', '.join([*names[:most], *more]) or 'nothing'


def _check_prompts(start: Tensor, names: Tensor, prompts: PromptLearner) -> None:
    """Raise where start, class names or end of the prompts are not the config's."""
    clip_model, length = prompts.clip_model, prompts.names.shape[1]
    if _same(start, prompts.start, clip_model) and _same(names[:, :length], prompts.names, clip_model):
        return
    texts = decode_embedded(torch.cat([start, names], 1), clip_model)
    words = ','.join(text.rstrip(' .') for text in texts)
    raise ValueError(
        f"its prompts end, in class order, in {', '.join(map(repr, texts))}, the config's "
        f'otherwise: set model.cls_head.prompt_names={words} and '
        "model.cls_head.prompt_suffix='.' (--cfg-options takes both, here and in tools/test.py)")


def decode_embedded(embedded: Tensor, clip_model: FrozenCLIP) -> list[str]:
    """Texts between start and end token, from their token embeddings.

    Args:
        embedded: (K, L, text_width) rows of CLIP's embedding table; half precision will do.
        clip_model: Whose table it is.

    Raises:
        ValueError: They are rows of another table.
    """
    table = clip_model.text.token_embedding.weight
    tokens = torch.cdist(embedded.to(table).flatten(0, 1), table).argmin(1)
    if not _same(embedded.flatten(0, 1), table[tokens], clip_model):
        raise ValueError(f'its prompts are not made of the tokens of {clip_model.name}/{clip_model.pretrained}:'
                         ' set the key `clip_model` to the CLIP that it was trained on')
    rows = tokens.reshape(embedded.shape[:2])
    # The end token has the highest id.
    return [clip_model.tokenizer.decode(row[1:row.argmax()].tolist()).strip().replace(' .', '.')
            for row in rows]


def _same(a: Tensor, b: Tensor, clip_model: FrozenCLIP) -> bool:
    """Whether token embeddings are the same, to half precision."""
    tolerance = 2e-3 * float(clip_model.text.token_embedding.weight.std())
    return torch.allclose(a.to(b), b, rtol=2e-3, atol=tolerance)


def _check_logit_scale(logit_scale: Tensor, head: MCFEHead) -> None:
    scale, ours = float(logit_scale.float().exp()), float(head.logit_scale)
    if abs(scale / ours - 1) > 5e-3:
        raise ValueError(f"its logits are scaled by {scale:.4g}, the config's by {ours:.4g}: set "
                         f'model.cls_head.temperature={1 / scale:.6g}')
