from __future__ import annotations

import torch
from mmaction.models.recognizers import BaseRecognizer, Recognizer2D
from mmaction.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class LateFusionRecognizer(BaseRecognizer):
    """Two stock recognizers, one for the face and one for the scene, fused before the classifier.

    They have the same architecture but share no weights, as in two-stream networks since Simonyan
    and Zisserman, because a face crop and a full frame need different filters. FERV39k prints
    results of such networks without their settings. Concatenation under one linear layer is the
    simplest fusion.

    The inputs are a dict of ``face`` and ``scene``, each of shape (B, T, 3, H, W), from
    :class:`FaceScenePreprocessor`. Stock recognizers know no mask, so they treat padding like any
    other frame.

    Args:
        stream (dict): Config of a ``Recognizer2D`` with :class:`TemporalNeck`, or of a
            ``Recognizer3D``, without a head.
        cls_head (dict): Config of any mmaction head that reads vectors of shape (B, 2 C), such as
            ``I3DHead`` with ``spatial_type=None``.
        data_preprocessor (dict, optional): Config of the module that stacks and normalizes both
            streams.
        kwargs: Further arguments of mmaction's ``BaseRecognizer``.
    """

    def __init__(self, *, stream: dict, cls_head: dict, data_preprocessor: dict | None = None,
                 **kwargs) -> None:
        super().__init__(stream, cls_head=cls_head, data_preprocessor=data_preprocessor, **kwargs)
        self.scene_backbone = MODELS.build(stream)

    def extract_feat(self, inputs: dict, stage: str = 'neck',
                     data_samples: list | None = None, test_mode: bool = False) -> tuple:
        """Compute the features up to a stage.

        Args:
            inputs (dict): ``face`` and ``scene``, see :class:`LateFusionRecognizer`.
            stage (str): ``neck`` or ``head``. Defaults to ``neck``.
            data_samples (list, optional): Not used; part of mmaction's interface.
            test_mode (bool): Not used; part of mmaction's interface.

        Returns:
            tuple: Features of shape (B, 2 C), the face before the scene, or logits of shape (B, K),
            and an empty dict of keyword arguments for the head.
        """
        features = torch.cat([_encode(self.backbone, inputs['face']),
                              _encode(self.scene_backbone, inputs['scene'])], 1)
        return (features if stage == 'neck' else self.cls_head(features)), {}


def _encode(recognizer: BaseRecognizer, frames: Tensor) -> Tensor:
    """Encode a stream, (B, T, 3, H, W) -> (B, C), averaged over the remaining time and space."""
    if not isinstance(recognizer, Recognizer2D):
        frames = frames.transpose(1, 2)[:, None]  # (B, 1, 3, T, H, W)
    features = recognizer.extract_feat(frames)[0]
    return features.flatten(2).mean(2) if features.dim() > 2 else features
