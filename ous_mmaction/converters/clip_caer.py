"""Convert the published checkpoint of CLIP-CAER."""
from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from .clip_line import temporal_net, transformer_names
from .dfer_clip import DFERCLIPFamily
from .state import rename

_BODY = 'temporal_net_body.'


class CLIPCAERFamily(DFERCLIPFamily):
    """DFER-CLIP's file with a second net over the frames, of the scene, and a projection."""

    name = 'CLIP-CAER'
    repository = 'zgsfer/CLIP-CAER'
    license = 'none stated, so all rights are reserved'
    citation = 'CLIP-CAER, the RAER dataset; see the repository zgsfer/CLIP-CAER'
    configs = dict(RAER='clip_caer/clip_caer_raer.py')
    orders = {}

    def recognize(self, tensors: Mapping[str, Tensor]) -> bool:
        """Whether there are prompts and a net over the frames of the body."""
        return {'prompt_learner.ctx', 'temporal_net_body.cls_token'} <= tensors.keys()

    def convert(self, tensors: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
        """See :meth:`Family.convert`."""
        renamed = rename(temporal_net(tensors, _BODY, 'scene_neck.layers.'), {
            **transformer_names(f'{_BODY}temporal_transformer.layers.', 'scene_neck.layers.layers.',
                                1),
            'project_fc.': 'cls_head.project.'})
        return super().convert(renamed, model)
