from __future__ import annotations

import torch
from mmaction.models.recognizers import BaseRecognizer
from mmaction.registry import MODELS


@MODELS.register_module()
class OUSRecognizer(BaseRecognizer):
    """Two-stream recognizer: backbone over both streams, neck, head (paper Fig. 3).

    Inputs are a dict of ``face`` and ``scene`` (B, T, 3, H, W) and ``mask`` (B, T), as
    :class:`FaceScenePreprocessor` gives them. The frozen CLIP is one: a ``cls_head`` that names no
    ``clip_model`` gets the backbone's. While it is built the parts try a clip of zeros, so that those
    that do not fit together say so before any data is read.

    Args:
        backbone (dict): Gives :class:`StreamFeatures`, and blank ones.
        neck (dict): Makes :class:`FaceSceneFeatures` of them.
        cls_head (dict): Reads those.
        data_preprocessor (dict, optional): Stacks and normalises both streams.

    Raises:
        ValueError: Widths, taps or numbers of frames do not meet.
    """

    def __init__(self, backbone: dict, neck: dict, cls_head: dict,
                 data_preprocessor: dict | None = None, **kwargs) -> None:
        if 'clip_model' in backbone:
            cls_head = dict(dict(clip_model=backbone['clip_model']), **cls_head)
        super().__init__(backbone, cls_head=cls_head, neck=neck,
                         data_preprocessor=data_preprocessor, **kwargs)
        with torch.no_grad():
            features = self.neck(self.backbone.blank_streams())
            self.cls_head.fuse(self.cls_head.read(features))

    def extract_feat(self, inputs: dict, stage: str = 'neck',
                     data_samples: list | None = None, test_mode: bool = False) -> tuple:
        """Features up to a stage.

        Args:
            inputs: Batch of both streams, see above.
            stage: ``backbone``, ``neck`` or ``head``.

        Returns:
            Features (StreamFeatures, FaceSceneFeatures or (B, K) logits) and the keyword arguments
            for the head: none.
        """
        streams = self.backbone.encode_streams(**inputs)
        if stage == 'backbone':
            return streams, {}
        features = self.neck(streams)
        if stage == 'neck':
            return features, {}
        return self.cls_head(features), {}
