from __future__ import annotations

import torch
from mmaction.models.recognizers import BaseRecognizer
from mmaction.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class SharedBackboneRecognizer(BaseRecognizer):
    """One backbone reads face and scene, and each stream has a neck of its own (CLIP-CAER).

    :class:`LateFusionRecognizer` has two backbones instead. The inputs are a dict of ``face`` and
    ``scene``, each of shape (B, T, 3, H, W), from :class:`FaceScenePreprocessor`. Padding is
    treated like any other frame.

    Args:
        backbone (dict): Config of a backbone of clips of shape (B, 3, T, H, W), such as
            :class:`FrameWiseBackbone`.
        neck (dict): Config of a neck that gives vectors, such as :class:`TemporalNeck`. Both
            streams have one, with weights of its own.
        cls_head (dict): Config of any head that reads vectors of shape (B, 2 C).
        data_preprocessor (dict, optional): Config of the module that stacks and normalizes both
            streams.
        kwargs: Further arguments of mmaction's ``BaseRecognizer``.
    """

    def __init__(self, *, backbone: dict, neck: dict, cls_head: dict,
                 data_preprocessor: dict | None = None, **kwargs) -> None:
        super().__init__(backbone, cls_head=cls_head, neck=neck,
                         data_preprocessor=data_preprocessor, **kwargs)
        self.scene_neck = MODELS.build(neck)

    def extract_feat(self, inputs: dict, stage: str = 'neck',
                     data_samples: list | None = None, test_mode: bool = False) -> tuple:
        """Compute the features up to a stage.

        Args:
            inputs (dict): ``face`` and ``scene``, see :class:`SharedBackboneRecognizer`.
            stage (str): ``backbone``, ``neck`` or ``head``. Defaults to ``neck``.
            data_samples (list, optional): Not used; part of mmaction's interface.
            test_mode (bool): Not used; part of mmaction's interface.

        Returns:
            tuple: Maps of both streams, features of shape (B, 2 C), the face before the scene, or
            logits of shape (B, K), and an empty dict of keyword arguments for the head.
        """
        frames = torch.cat([inputs['face'], inputs['scene']]).transpose(1, 2)
        maps: Tensor = self.backbone(frames)[-1]
        if stage == 'backbone':
            return maps, {}
        face, scene = maps.unflatten(0, (2, -1)).unbind()
        features = torch.cat([self.neck((face,))[0], self.scene_neck((scene,))[0]], 1).flatten(1)
        return (features if stage == 'neck' else self.cls_head(features)), {}
