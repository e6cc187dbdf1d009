"""Convert checkpoints of MAE-DFER to ours."""
from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from .state import complete_state
from .video_mae_line import VideoMAELine, fuse_queries, rename_parts

_PARTS = dict(
    lg_region_tokens='region_tokens',
    first_attn_norm0='region_norm', first_attn='region_attn',
    second_attn_norm0='exchange_norm', second_attn='exchange_attn',
    third_attn_norm0='query_norm', third_attn_norm1='key_norm', third_attn='read_attn',
    norm2='mlp_norm')


class MAEDFERFamily(VideoMAELine):
    """Fine-tuned checkpoints of MAE-DFER."""

    name = 'MAE-DFER'
    repository = 'sunlicai/MAE-DFER'
    license = 'MIT'
    citation = ('Sun et al., MAE-DFER: Efficient Masked Autoencoder for Self-supervised Dynamic '
                'Facial Expression Recognition, ACM MM 2023')
    configs = dict(DFEW='mae_dfer/mae_dfer_dfew.py', FERV39k='mae_dfer/mae_dfer_ferv39k.py',
                   MAFW='mae_dfer/mae_dfer_mafw.py')
    orders = dict(DFEW='D', FERV39k='D', MAFW='MO')

    def recognize(self, tensors: Mapping[str, Tensor]) -> bool:
        """Whether there are region tokens."""
        return 'lg_region_tokens' in tensors

    def convert(self, tensors: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
        """Rename the tensors and stack queries on keys and values."""
        return complete_state(rename_parts(fuse_queries(tensors), _PARTS), model)
