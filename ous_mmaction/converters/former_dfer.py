"""Convert the published checkpoints of Former-DFER."""
from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor, nn

from .clip_line import temporal_net, transformer_names
from .family import Family
from .state import complete_state, rename

_SPATIAL = 's_former.spatial_transformer.layers.'
_TEMPORAL = 't_former.spatial_transformer.layers.'  # their name of the layers over time


class FormerDFERFamily(Family):
    """Former-DFER with any number of spatial layers."""

    name = 'Former-DFER'
    repository = 'zengqunzhao/Former-DFER'
    license = 'MIT'
    citation = ('Zhao and Liu, Former-DFER: Dynamic Facial Expression Recognition Transformer, '
                'ACM MM 2021')
    configs = dict(DFEW='former_dfer/former_dfer_dfew.py')
    orders = dict(DFEW='D')
    class_tensors = ('fc.weight', 'fc.bias')

    def recognize(self, tensors: Mapping[str, Tensor]) -> bool:
        """Whether a ResNet with spatial positions and a net over time are all there is."""
        return ({'s_former.pos_embedding', 't_former.cls_token', 'fc.weight'} <= tensors.keys()
                and not any(name.startswith(('s_former.conv_sp', 's_former.ir_back'))
                            for name in tensors))

    def num_classes(self, tensors: Mapping[str, Tensor]) -> int:
        """Count the rows of the classifier."""
        return len(tensors['fc.weight'])

    def convert(self, tensors: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
        """See :meth:`Family.convert`."""
        kept = temporal_net(tensors, 't_former.', 'neck.layers.')
        kept = rename(kept, {
            's_former.pos_embedding': 'backbone.frame.spatial.positions',
            **transformer_names(_SPATIAL, 'backbone.frame.spatial.layers.', 12),
            **transformer_names(_TEMPORAL, 'neck.layers.layers.', 12),
            's_former.': 's_former.', 'fc.': 'cls_head.fc_cls.'})
        kept = {_trunk_name(name): x for name, x in kept.items()}
        positions = kept.get('backbone.frame.spatial.positions')
        if positions is not None:
            kept['backbone.frame.spatial.positions'] = positions.flatten(0, -2)
        return complete_state(kept, model)


def _trunk_name(name: str) -> str:
    """Return mmaction's name of a tensor of torchvision's ResNet; other names stay."""
    if not name.startswith('s_former.'):
        return name
    name = name.replace('s_former.', 'backbone.frame.', 1)
    name = name.replace('.downsample.0.', '.downsample.conv.').replace('.downsample.1.',
                                                                       '.downsample.bn.')
    name = re.sub(r'\.conv(\d)\.', r'.conv\1.conv.', name)
    return re.sub(r'\.bn(\d)\.', r'.conv\1.bn.', name)
