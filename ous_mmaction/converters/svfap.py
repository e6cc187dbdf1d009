"""Convert checkpoints of SVFAP to ours."""
from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from .state import complete_state
from .video_mae_line import VideoMAELine, fuse_queries, rename_parts

_PARTS = {'temporal_downsamples': 'halve', 'spatial_downsamples': 'bottlenecks'}


class SVFAPFamily(VideoMAELine):
    """Fine-tuned checkpoints of SVFAP."""

    name = 'SVFAP'
    repository = 'sunlicai/SVFAP'
    license = 'MIT'
    citation = ('Sun et al., SVFAP: Self-supervised Video Facial Affect Perceiver, '
                'IEEE TAFFC 2024')
    configs = dict(DFEW='svfap/svfap_dfew.py', FERV39k='svfap/svfap_ferv39k.py',
                   MAFW='svfap/svfap_mafw.py')
    orders = dict(DFEW='D', FERV39k='D', MAFW='MO')

    def recognize(self, tensors: Mapping[str, Tensor]) -> bool:
        """Whether the time axis is halved."""
        return 'temporal_downsamples.0.weight' in tensors

    def convert(self, tensors: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
        """Rename the tensors and stack queries on keys and values."""
        return complete_state(rename_parts(fuse_queries(tensors), _PARTS), model)
