"""Convert the published checkpoint of EmoCLIP."""
from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from ..models.frozen_clip import load_clip_model
from .clip_line import temporal_net, transformer_names
from .family import Family
from .state import complete_state, rename

_TABLE = 'backbone.token_embedding.weight'
_NAMES = {
    'backbone.visual.': 'backbone.frame.visual.',
    'backbone.transformer.': 'cls_head.prompts.tower.transformer.',
    'backbone.positional_embedding': 'cls_head.prompts.tower.positional_embedding',
    'backbone.ln_final.': 'cls_head.prompts.tower.ln_final.',
    'backbone.text_projection': 'cls_head.prompts.tower.text_projection',
    'logit_scale': 'cls_head.log_scale',
    **transformer_names('temporal.temporal_transformer.layers.', 'neck.layers.layers.', 2)}
# CLIP's own scale, beside the trained one.
_UNUSED = ('backbone.logit_scale', _TABLE)


class EmoCLIPFamily(Family):
    """EmoCLIP, whose file holds a CLIP but no texts: the descriptions are those of the config."""

    name = 'EmoCLIP'
    repository = 'NickyFot/EmoCLIP'
    license = 'Apache-2.0'
    citation = ('Foteinopoulou and Patras, EmoCLIP: A Vision-Language Method for Zero-Shot Video '
                'Facial Expression Recognition, FG 2024')
    configs = dict(DFEW='emoclip/emoclip_dfew.py', FERV39k='emoclip/emoclip_ferv39k.py',
                   MAFW='emoclip/emoclip_mafw.py')

    def recognize(self, tensors: Mapping[str, Tensor]) -> bool:
        """Whether a net over the frames is beside a backbone."""
        return ('temporal.temporal_transformer.layers.0.0.fn.norm.weight' in tensors
                and any(name.startswith('backbone.') for name in tensors))

    def num_classes(self, tensors: Mapping[str, Tensor]) -> int | None:
        """Return None: the texts of the classes are not in the file."""
        return None

    def convert(self, tensors: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
        """See :meth:`Family.convert`."""
        prompts = model.cls_head.prompts
        if _TABLE not in tensors:
            tensors = {**rename(tensors, {'backbone.': 'backbone.visual.'}),
                       **text_tower(prompts.clip_config)}
        kept = rename(temporal_net(tensors, 'temporal.', 'neck.layers.'), _NAMES)
        rows = tensors[_TABLE][prompts.tokens]
        kept.update({
            'cls_head.prompts.tokens': prompts.tokens, 'cls_head.prompts.context': prompts.context,
            'cls_head.prompts.start': rows[:, :1], 'cls_head.prompts.names': rows[:, 1:]})
        return complete_state(kept, model, _UNUSED)


def text_tower(clip_config: Mapping) -> dict[str, Tensor]:
    """Return what a file without the text tower (the code's DownstreamTask) lacks.

    EmoCLIP's text tower is CLIP's own, and its scale starts at CLIP's.

    Args:
        clip_config (Mapping): ``name`` and ``pretrained`` of the config's CLIP.

    Returns:
        dict[str, Tensor]: Tensors by the names of a complete file.

    Raises:
        ValueError: If the config names no weights of CLIP.
        FileNotFoundError: If these weights are missing.
    """
    if not clip_config.get('pretrained'):
        raise ValueError('the checkpoint is EmoCLIP without the text tower (DownstreamTask), so '
                         "CLIP's own is needed, but the config names no weights. Set the key "
                         '`model.cls_head.clip_model.pretrained`')
    state = load_clip_model(**clip_config).model.state_dict()
    return {'logit_scale': state['logit_scale'],
            **{f'backbone.{name}': x for name, x in state.items()
               if not name.startswith('visual.') and name != 'attn_mask'}}
