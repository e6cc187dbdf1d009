from __future__ import annotations

import torch
from mmaction.models.recognizers import BaseRecognizer, Recognizer2D
from mmaction.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class LateFusionRecognizer(BaseRecognizer):
    """Two stock recognizers, one for the face and one for the scene, fused before the classifier.

    They are alike and share nothing, as two-stream networks have been since Simonyan and Zisserman:
    a face crop and a full frame ask for other filters. FERV39k prints results of such nets without
    their settings; side by side under one linear layer is the simplest fusion there is.

    Inputs are a dict of ``face`` and ``scene`` (B, T, 3, H, W), as :class:`FaceScenePreprocessor`
    gives them. Stock recognizers know no mask: padding is frames like any other.

    Args:
        stream (dict): A ``Recognizer2D`` with :class:`TemporalNeck`, or a ``Recognizer3D``, without
            a head.
        cls_head (dict): Any head of mmaction's that reads vectors (B, 2 C): ``I3DHead`` with
            ``spatial_type=None``.
        data_preprocessor (dict, optional): Stacks and normalises both streams.
    """

    def __init__(self, stream: dict, cls_head: dict, data_preprocessor: dict | None = None,
                 **kwargs) -> None:
        super().__init__(stream, cls_head=cls_head, data_preprocessor=data_preprocessor, **kwargs)
        self.scene_backbone = MODELS.build(stream)

    def extract_feat(self, inputs: dict, stage: str = 'neck',
                     data_samples: list | None = None, test_mode: bool = False) -> tuple:
        """Features up to a stage.

        Args:
            inputs: Batch of both streams, see above.
            stage: ``neck`` or ``head``.

        Returns:
            (B, 2 C) features, the face before the scene, or (B, K) logits; and the keyword
            arguments for the head: none.
        """
        features = torch.cat([_encode(self.backbone, inputs['face']),
                              _encode(self.scene_backbone, inputs['scene'])], 1)
        return (features if stage == 'neck' else self.cls_head(features)), {}


def _encode(recognizer: BaseRecognizer, frames: Tensor) -> Tensor:
    """(B, T, 3, H, W) -> (B, C): a stream's feature, averaged over what time and space is left."""
    if not isinstance(recognizer, Recognizer2D):
        frames = frames.transpose(1, 2)[:, None]  # (B, 1, 3, T, H, W)
    features = recognizer.extract_feat(frames)[0]
    return features.flatten(2).mean(2) if features.dim() > 2 else features
