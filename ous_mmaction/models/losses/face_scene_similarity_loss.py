from __future__ import annotations

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ...checks import one_of
from .gather_clips import gather_clips


@MODELS.register_module()
class FaceSceneSimilarityLoss(nn.Module):
    """L_similarity of OUS (eq. 2): one minus the cosine of face and scene.

    The sums of eq. 2 run over i = 1..N in the numerator and in each norm, and the text of eq. 3
    calls N the batch size. As printed, eq. 2 is therefore one cosine over the batch, in which a
    clip weighs as much as its features are long. A cosine of each clip gives all clips the same
    weight.

    Args:
        cosine (str): ``clip`` for the mean over the clips of one minus their cosine, ``batch`` for
            one minus the one cosine of the batch, as eq. 2 prints it. The batch is that of all
            processes together, so that the loss does not depend on their number. Defaults to
            ``clip``.

    Raises:
        ValueError: If ``cosine`` is unknown.
    """

    def __init__(self, cosine: str = 'clip') -> None:
        super().__init__()
        one_of('FaceSceneSimilarityLoss.cosine', cosine, ('clip', 'batch'))
        self.cosine = cosine

    def forward(self, face: Tensor, scene: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            face (Tensor): Aligned and pooled face features of shape (B, D).
            scene (Tensor): Aligned scene features of shape (B, D).

        Returns:
            Tensor: Loss in [0, 2], of shape ().
        """
        if self.cosine == 'batch':
            clips = gather_clips(torch.cat([face, scene], 1))
            face, scene = (stream.reshape(1, -1) for stream in clips.chunk(2, 1))
        return (1 - F.cosine_similarity(face, scene, dim=-1)).mean()
