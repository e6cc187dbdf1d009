from __future__ import annotations

import torch
from mmaction.models.recognizers import BaseRecognizer
from mmaction.registry import MODELS


@MODELS.register_module()
class OUSRecognizer(BaseRecognizer):
    """Two-stream recognizer: backbone over both streams, neck, head (paper Fig. 3).

    The inputs are a dict of ``face`` and ``scene``, each of shape (B, T, 3, H, W), and ``mask`` of
    shape (B, T), from :class:`FaceScenePreprocessor`. All parts share one frozen CLIP model: a
    ``cls_head`` without ``clip_model`` gets that of the backbone. While the recognizer is built,
    its parts try a clip of zeros, so that parts that do not fit together raise an error before any
    data is read.

    Args:
        backbone (dict): Config of the backbone, which gives :class:`StreamFeatures` and blank
            ones.
        neck (dict): Config of the neck, which turns them into :class:`FaceSceneFeatures`.
        cls_head (dict): Config of the head, which reads these.
        data_preprocessor (dict, optional): Config of the module that stacks and normalizes both
            streams.
        kwargs: Further arguments of mmaction's ``BaseRecognizer``.

    Raises:
        ValueError: If widths, taps or numbers of frames do not match.
    """

    def __init__(self, *, backbone: dict, neck: dict, cls_head: dict,
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
        """Compute the features up to a stage.

        Args:
            inputs (dict): ``face``, ``scene`` and ``mask``, see :class:`OUSRecognizer`. With a
                feature bank, ``record``.
            stage (str): ``backbone``, ``neck`` or ``head``. Defaults to ``neck``.
            data_samples (list, optional): Not used; part of mmaction's interface.
            test_mode (bool): Not used; part of mmaction's interface.

        Returns:
            tuple: StreamFeatures, FaceSceneFeatures or logits of shape (B, K), and an empty dict of
            keyword arguments for the head.
        """
        streams = self.backbone.encode_streams(**inputs)
        if stage == 'backbone':
            return streams, {}
        features = self.neck(streams)
        if stage == 'neck':
            return features, {}
        return self.cls_head(features), {}
