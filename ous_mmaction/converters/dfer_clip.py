"""Convert the published checkpoints of DFER-CLIP."""
from __future__ import annotations

from collections.abc import Mapping

import torch.nn.functional as F
from torch import Tensor, nn

from .clip_line import COPIES, TABLE, decode, recover_tokens, temporal_net, transformer_names
from .family import Family
from .state import complete_state, drop_copies, rename

_NAMES = {
    'image_encoder.': 'backbone.frame.visual.',
    'text_encoder.': 'cls_head.prompts.tower.',
    'prompt_learner.ctx': 'cls_head.prompts.context',
    'prompt_learner.token_prefix': 'cls_head.prompts.start',
    'prompt_learner.token_suffix': 'cls_head.prompts.names',
    **transformer_names('temporal_net.temporal_transformer.layers.', 'neck.layers.layers.', 1)}
# The code fixes the scale of the logits at 100 and never reads CLIP's own.
_UNUSED = ('clip_model_.logit_scale', TABLE)


class DFERCLIPFamily(Family):
    """DFER-CLIP, with all of its CLIP twice in the file."""

    name = 'DFER-CLIP'
    repository = 'zengqunzhao/DFER-CLIP'
    license = 'MIT'
    citation = 'Zhao and Patras, Prompting Visual-Language Models for Dynamic Facial Expression ' \
               'Recognition, BMVC 2023'
    configs = dict(DFEW='dfer_clip/dfer_clip_dfew.py', FERV39k='dfer_clip/dfer_clip_ferv39k.py',
                   MAFW='dfer_clip/dfer_clip_mafw.py')
    orders = dict(DFEW='D', FERV39k='D', MAFW='MH')
    class_tensors = ('prompt_learner.ctx', 'prompt_learner.token_prefix',
                     'prompt_learner.token_suffix')

    def recognize(self, tensors: Mapping[str, Tensor]) -> bool:
        """Whether there are prompts and one net over the frames."""
        return ({'prompt_learner.ctx', 'temporal_net.cls_token'} <= tensors.keys()
                and 'temporal_net_body.cls_token' not in tensors)

    def num_classes(self, tensors: Mapping[str, Tensor]) -> int:
        """Count the prompts."""
        return len(tensors['prompt_learner.ctx'])

    def convert(self, tensors: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
        """See :meth:`Family.convert`."""
        kept = temporal_net(drop_copies(tensors, COPIES), 'temporal_net.', 'neck.layers.')
        kept['cls_head.prompts.tokens'] = prompt_tokens(tensors)
        return complete_state(rename(kept, _NAMES), model, _UNUSED)

    def notes(self, tensors: Mapping[str, Tensor], model: nn.Module) -> dict:
        """Return the recovered texts, in the config's class order."""
        return dict(descriptions=decode(prompt_tokens(tensors)))


def prompt_tokens(tensors: Mapping[str, Tensor]) -> Tensor:
    """Return the token ids of the prompts without their learned vectors, padded to CLIP's length.

    Args:
        tensors (Mapping[str, Tensor]): Tensors of a file of DFER-CLIP or CLIP-CAER.

    Returns:
        Tensor: Token ids, int64 of shape (K, 77).

    Raises:
        ValueError: If the token embedding is missing, or the texts cannot be recovered.
    """
    if TABLE not in tensors:
        raise ValueError(f'the checkpoint has no {TABLE}, from which the texts of the prompts are '
                         'recovered. Give the complete file')
    tokens = recover_tokens(tensors['prompt_learner.token_prefix'],
                            tensors['prompt_learner.token_suffix'], tensors[TABLE])
    return F.pad(tokens, (0, tensors['prompt_learner.ctx'].shape[1]))
