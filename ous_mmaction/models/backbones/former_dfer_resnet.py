from __future__ import annotations

from mmaction.models.backbones import ResNet
from mmaction.registry import MODELS

from ..layers.spatial_transformer import SpatialTransformer


@MODELS.register_module()
class FormerDFERResNet(ResNet):
    """mmaction's ``ResNet`` with a spatial transformer between its third and fourth stage.

    Args:
        spatial (dict): Arguments of :class:`SpatialTransformer` except ``channels``.
        kwargs: Arguments of ``ResNet`` except ``out_indices``. Only the last map is returned.
    """

    def __init__(self, *, spatial: dict, **kwargs) -> None:
        super().__init__(**kwargs)
        self.spatial = SpatialTransformer(channels=self.feat_dim // 2, **spatial)
        # The base class runs its stages by these names.
        self.res_layers.insert(3, 'spatial')
        self.out_indices = (len(self.res_layers) - 1,)
