from __future__ import annotations

import copy

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from ..frozen_clip import load_clip_model


@MODELS.register_module()
class CLIPImageTower(BaseModule):
    """CLIP's image tower with its weights in the checkpoint, trained (DFER-CLIP) or frozen.

    :class:`OpenCLIPBackbone` leaves them out of the checkpoint instead, so they cannot be trained.

    Args:
        clip_model (dict): Arguments of :func:`load_clip_model`. Its weights are read when training
            starts.
        frozen (bool): Whether the tower keeps these weights. Defaults to False.
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.
    """

    def __init__(self, clip_model: dict, frozen: bool = False,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.clip_config = clip_model
        random = load_clip_model(clip_model['name'])
        self.visual = copy.deepcopy(random.model.visual).requires_grad_(not frozen)

    def init_weights(self) -> None:
        """Read CLIP's weights, from which training starts."""
        trained = load_clip_model(**self.clip_config)
        self.visual.load_state_dict(trained.model.visual.state_dict())

    def forward(self, images: Tensor) -> Tensor:
        """Embed frames.

        Args:
            images (Tensor): Frames of shape (N, 3, H, W).

        Returns:
            Tensor: Projected class tokens of shape (N, D, 1, 1), not normalized.
        """
        return self.visual(images)[..., None, None]
