"""Convert checkpoints of the released OUS code to ours."""
from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..models import MCFEHead, OUSRecognizer
from ..models.frozen_clip import FrozenCLIP
from ..models.layers import PromptLearner
from .family import Family
from .state import join_names

# CLIP, which our checkpoints name but do not contain, and a layer that nothing uses.
_DROPPED = ('image_encoder.', 'image_encoder_s.', 'text_encoder.', 'cap_encoder.',
            'token_embedding.', 'ctransTo768.')
# Tensors that come from CLIP and the class names. They only have to agree with the config.
_PROMPT_STARTS = 'prompt_learner.token_prefix'
_PROMPT_ENDS = 'prompt_learner.token_suffix'
_LOGIT_SCALE = 'logit_scale'
_PREFIXES = {
    'lstm.': 'neck.lstm.lstm.',
    'pencoding.frame_position_embeddings.': 'neck.frames_encoder.positions.',
    'transformerClip.resblocks.': 'neck.frames_encoder.layers.',
    'feate.': 'neck.scene_align.linear.',
    'cpencoding.frame_position_embeddings.': 'cls_head.mcfe.positions.',
    'seq_transformerClip.resblocks.': 'cls_head.mcfe.blocks.',
    'prompt_learner.ctx': 'cls_head.prompts.context',
}


class OUSFamily(Family):
    """Lightning checkpoints of the released OUS code."""

    name = 'OUS'
    repository = "the OUS authors' code"
    license = 'not stated'
    citation = ('OUS: Bridging Scene Context and Facial Features to Overcome the Rigid Cognitive '
                'Problem, arXiv 2405.18769')
    configs = dict(DFEW='released/ous_released_dfew.py')

    def recognize(self, tensors: Mapping[str, Tensor]) -> bool:
        """Whether the streams' LSTM is beside the shared queries."""
        return ('seq_transformerClip.resblocks.0.shareq' in tensors
                and any(name.startswith('lstm.') for name in tensors))

    def num_classes(self, tensors: Mapping[str, Tensor]) -> int:
        """Count the prompts."""
        return len(tensors[_PROMPT_STARTS])

    def convert(self, tensors: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
        """See :func:`convert`."""
        if not (isinstance(model, OUSRecognizer) and isinstance(model.cls_head, MCFEHead)):
            raise ValueError('The released model is an OUSRecognizer with an MCFEHead, but the '
                             f'config has {type(model).__name__}. Use '
                             'configs/released/ous_released_dfew.py')
        return convert(tensors, model)


def convert(released: Mapping[str, Tensor], model: OUSRecognizer) -> dict[str, Tensor]:
    """Convert a released model's tensors to the names of ours.

    Each tensor is either converted, or compared with the config, or a copy of CLIP.

    Args:
        released (Mapping[str, Tensor]): Released tensors by name.
        model (OUSRecognizer): Model of the config, which is not changed.

    Returns:
        dict[str, Tensor]: A complete ``state_dict`` of ``model``.

    Raises:
        ValueError: If either side has tensors without a counterpart or of another shape, or if the
            prompts or the logit scale differ from the model's.
    """
    prompts = model.cls_head.prompts
    classes, width = len(prompts.names), prompts.clip_model.text_width
    end_length = prompts.clip_model.context_length - 1 - len(prompts.context)
    shapes = {_PROMPT_STARTS: (classes, 1, width), _PROMPT_ENDS: (classes, end_length, width),
              _LOGIT_SCALE: (), **{name: value.shape for name, value in model.named_parameters()}}
    # In the released model, each block holds its own queries.
    blocks, *query_shape = shapes.pop('cls_head.mcfe.queries', (0,))
    shapes.update({_queries_name(index): tuple(query_shape) for index in range(blocks)})

    names = {name: _our_name(name) for name in released if not name.startswith(_DROPPED)}
    converted = {ours: released[name].detach() for name, ours in names.items()}
    missing = [name for name in shapes if name not in converted]
    extra = [name for name, ours in names.items() if ours not in shapes]
    if missing or extra:
        raise ValueError(f'the checkpoint has nothing for {join_names(missing)}, and the config '
                         f'has no place for {join_names(extra)}. Give the config of that model')
    mismatched = [f'{name} {tuple(converted[name].shape)} for {tuple(shape)}'
                  for name, shape in shapes.items() if converted[name].shape != shape]
    if mismatched:
        raise ValueError("the checkpoint's shapes differ from the config's: "
                         f'{join_names(mismatched)}. Give the config of that model')

    _check_prompts(converted.pop(_PROMPT_STARTS), converted.pop(_PROMPT_ENDS), prompts)
    _check_logit_scale(converted.pop(_LOGIT_SCALE), model.cls_head)
    converted['cls_head.mcfe.queries'] = torch.stack(
        [converted.pop(_queries_name(index)) for index in range(blocks)])
    state = model.state_dict()
    return {**state, **{name: value.to(state[name].dtype) for name, value in converted.items()}}


def _our_name(name: str) -> str | None:
    """Return our name of a released tensor, or None if it has no counterpart."""
    for prefix, ours in _PREFIXES.items():
        if name.startswith(prefix):
            return ours + name[len(prefix):]
    return name if name in (_PROMPT_STARTS, _PROMPT_ENDS, _LOGIT_SCALE) else None


def _queries_name(block: int) -> str:
    return f'cls_head.mcfe.blocks.{block}.shareq'


def _check_prompts(starts: Tensor, ends: Tensor, prompts: PromptLearner) -> None:
    """Raise a ValueError if start, class names or end of the prompts differ from the config's.

    Args:
        starts (Tensor): Embedded start tokens of shape (K, 1, text_width).
        ends (Tensor): Embedded tokens after the learned context, of shape (K, L, text_width).
        prompts (PromptLearner): The config's prompts.
    """
    clip_model, length = prompts.clip_model, prompts.names.shape[1]
    if (_same_embeddings(starts, prompts.start, clip_model)
            and _same_embeddings(ends[:, :length], prompts.names, clip_model)):
        return
    texts = decode_embedded(torch.cat([starts, ends], 1), clip_model)
    words = ','.join(text.rstrip(' .') for text in texts)
    raise ValueError(
        f"the checkpoint's prompts end, in class order, in {', '.join(map(repr, texts))}, unlike "
        f"the config's. Set model.cls_head.prompt_names={words} and "
        "model.cls_head.prompt_suffix='.' (--cfg-options takes both, here and in tools/test.py)")


def decode_embedded(embedded: Tensor, clip_model: FrozenCLIP) -> list[str]:
    """Decode the texts between the start and end tokens from their token embeddings.

    Args:
        embedded (Tensor): Rows of CLIP's embedding table, of shape (K, L, text_width). Half
            precision is sufficient.
        clip_model (FrozenCLIP): CLIP with that embedding table.

    Returns:
        list[str]: K texts.

    Raises:
        ValueError: If the rows come from another table.
    """
    table = clip_model.text.token_embedding.weight
    tokens = torch.cdist(embedded.to(table).flatten(0, 1), table).argmin(1)
    if not _same_embeddings(embedded.flatten(0, 1), table[tokens], clip_model):
        raise ValueError("the checkpoint's prompts are not made of the tokens of "
                         f'{clip_model.name}/{clip_model.pretrained}. Set the key `clip_model` to '
                         'the CLIP that it was trained on')
    rows = tokens.reshape(embedded.shape[:2])
    # The end token has the highest id.
    return [clip_model.tokenizer.decode(row[1:row.argmax()].tolist()).strip().replace(' .', '.')
            for row in rows]


def _same_embeddings(a: Tensor, b: Tensor, clip_model: FrozenCLIP) -> bool:
    """Whether token embeddings agree to half precision."""
    tolerance = 2e-3 * float(clip_model.text.token_embedding.weight.std())
    return torch.allclose(a.to(b), b, rtol=2e-3, atol=tolerance)


def _check_logit_scale(logit_scale: Tensor, head: MCFEHead) -> None:
    """Raise a ValueError if the logarithmic scale of the logits differs from the config's."""
    scale, ours = float(logit_scale.float().exp()), float(head.logit_scale)
    if abs(scale / ours - 1) > 5e-3:
        raise ValueError(f"the checkpoint's logits are scaled by {scale:.4g}, but the config's by "
                         f'{ours:.4g}. Set model.cls_head.temperature={1 / scale:.6g}')
