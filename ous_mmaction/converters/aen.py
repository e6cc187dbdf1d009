"""Convert the published checkpoints of AEN."""
from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from .clip_line import transformer_names
from .family import Family
from .former_dfer import trunk_name
from .state import complete_state, rename

# What the method's own code never reads, besides the classifier of single frames, which only the
# training of AEN reads.
_UNUSED = ('s_former.pos_embedding', 's_former.spatial_transformer.', 's_former.conv_sp2_',
           't_former.cls_token2', 't_former.pos_embedding2', 't_former.spatial_transformer2.',
           'fc1_1.', 'fc1_2.', 'fc1_2_o.', 'fc2D.')
# Place in the neck of each level's transformer, by the number in its released name.
_LEVELS = {'1': 0, '3': 1, '': 2}
_NAMES = {
    's_former.conv_sp1_1.': 'neck.convs.0.0.', 's_former.conv_sp1_2.': 'neck.convs.0.1.',
    's_former.conv_sp3_1.': 'neck.convs.1.0.', 's_former.conv_sp3_2.': 'neck.convs.1.1.',
    'fc0_0.': 'cls_head.lift.', 'fc0_1.': 'cls_head.query_low.', 'fc0_1_o.': 'cls_head.out_low.',
    'fc2_3.': 'cls_head.query_high.', 'fc2_3_o.': 'cls_head.out_high.',
    'fc0.': 'cls_head.classify_overall.', 'fc1.': 'cls_head.classify_sentiment.',
    'fc3.': 'cls_head.classify_emotion.',
}


class AENFamily(Family):
    """AEN as its authors' code computes it."""

    name = 'AEN'
    repository = 'bksain/AEN'
    license = 'stated as "non-commercially"'
    citation = ('Lee et al., Frame Level Emotion Guided Dynamic Facial Expression Recognition With '
                'Emotion Grouping, CVPRW 2023')
    configs = dict(DFEW='aen/aen_released_dfew.py')
    orders = dict(DFEW='D')
    class_tensors = ('fc0.weight', 'fc0.bias', 'fc3.weight', 'fc3.bias')

    def recognize(self, tensors: Mapping[str, Tensor]) -> bool:
        """Whether the maps of the stages are reduced to levels."""
        return 's_former.conv_sp1_1.weight' in tensors

    def num_classes(self, tensors: Mapping[str, Tensor]) -> int:
        """Count the rows of the global head."""
        return len(tensors['fc0.weight'])

    def convert(self, tensors: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
        """See :meth:`Family.convert`."""
        kept = {name: x for name, x in tensors.items() if not name.startswith(_UNUSED)}
        names = dict(_NAMES)
        for number, place in _LEVELS.items():
            theirs, ours = f't_former.spatial_transformer{number}.', f'neck.transformers.{place}.'
            names.update(transformer_names(f'{theirs}layers.', f'{ours}layers.', 12))
            for name, own in ((f't_former.cls_token{number}', f'{ours}class_token'),
                              (f't_former.pos_embedding{number}', f'{ours}positions.weight')):
                if name in kept:  # they have leading axes of length one
                    kept[own] = kept.pop(name).squeeze(0).squeeze(0)
        return complete_state({trunk_name(name, 'backbone.'): x
                               for name, x in rename(kept, names).items()}, model)
