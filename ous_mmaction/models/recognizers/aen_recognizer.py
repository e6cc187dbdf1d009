from __future__ import annotations

import torch
from mmaction.models.recognizers import BaseRecognizer
from mmaction.registry import MODELS
from torch import Tensor

from ...checkpoints import StampedModule
from ..frozen_fer2d import FrozenFER2D


@MODELS.register_module()
class AENRecognizer(StampedModule, BaseRecognizer):
    """Affectivity extraction network: a trunk over frames, a neck, a head, and a frozen 2D model.

    *Frame Level Emotion Guided Dynamic Facial Expression Recognition With Emotion Grouping* (Lee et
    al., CVPRW 2023). The inputs are a dict of ``imgs``, normalized face frames of shape
    (B, T, 3, H, W), and ``mask``, bool of shape (B, T), True where the frame holds real data.
    Padding is not read.

    The 2D model labels frames during training. Testing does not need it. The checkpoint holds only
    its fingerprint, and training does not continue from it with a different 2D model.

    Args:
        backbone (dict): Config of the 2D trunk, which gives the maps of its four stages.
        neck (dict): Config of the neck, which turns them into :class:`LevelFeatures`.
        cls_head (dict): Config of the head, which reads these. Its ``class_names`` are also those
            of the 2D model.
        fer2d (dict): Arguments of :class:`FrozenFER2D`: ``model``, ``checkpoint`` and, if it is not
            False, ``raw_scores``.
        start_from_fer2d (bool): Whether the trunk starts with the weights of the 2D model's trunk.
            Defaults to True.
        data_preprocessor (dict, optional): Config of the module that stacks and normalizes.
        kwargs: Further arguments of mmaction's ``BaseRecognizer``.
    """

    def __init__(self, *, backbone: dict, neck: dict, cls_head: dict, fer2d: dict,
                 start_from_fer2d: bool = True, data_preprocessor: dict | None = None,
                 **kwargs) -> None:
        super().__init__(backbone, cls_head=cls_head, neck=neck,
                         data_preprocessor=data_preprocessor, **kwargs)
        names = self.cls_head.class_names
        model = dict(fer2d['model'], cls_head=dict(fer2d['model']['cls_head'], class_names=names))
        self.fer2d = FrozenFER2D(**{**fer2d, 'model': model})
        self.start_from_fer2d = start_from_fer2d
        # Zeros: the 2D model has not been read yet.
        self.add_stamp('fer2d_fingerprint', bytes(16), self._explain_fer2d_mismatch)

    def init_weights(self) -> None:
        """Initialize the weights and read the 2D model, so that training fails early without it.

        Raises:
            FileNotFoundError: If the checkpoint of the 2D model is missing.
            ValueError: If that checkpoint belongs to another model, or if its trunk differs from
                this one.
        """
        fingerprint = bytes.fromhex(self.fer2d.fingerprint)
        super().init_weights()
        self.set_stamp('fer2d_fingerprint', fingerprint)
        if not self.start_from_fer2d:
            return
        try:
            self.backbone.load_state_dict(self.fer2d.model.backbone.state_dict())
        except RuntimeError as error:
            raise ValueError(
                'The trunk of the 2D model differs from the key `backbone` '
                f'({str(error).splitlines()[1].strip()}). Make them agree, or set the key '
                '`start_from_fer2d` to False') from None

    def extract_feat(self, inputs: dict, stage: str = 'neck',
                     data_samples: list | None = None, test_mode: bool = False) -> tuple:
        """Compute the features up to a stage.

        Args:
            inputs (dict): ``imgs`` and ``mask``, see :class:`AENRecognizer`.
            stage (str): ``backbone``, ``neck`` or ``head``. Defaults to ``neck``.
            data_samples (list, optional): Not used; part of mmaction's interface.
            test_mode (bool): Whether to leave out the 2D model. Defaults to False.

        Returns:
            tuple: Four maps of the valid frames, LevelFeatures or log-probabilities of shape
            (B, K), and the keyword arguments for the head, which are ``frame_scores`` of shape
            (B, T, K) in training.
        """
        imgs, mask = inputs['imgs'], inputs['mask']
        frames = imgs[mask]
        torch._check(frames.shape[0] > 0)  # tells the exporter, which only knows shapes
        stages = self.backbone(frames)
        if stage == 'backbone':
            return stages, {}
        features = self.neck(stages, mask)
        if stage == 'head':
            return self.cls_head(features), {}
        return features, {} if test_mode else dict(frame_scores=self.label_frames(frames, mask))

    def label_frames(self, frames: Tensor, mask: Tensor) -> Tensor:
        """Score the frames with the 2D model.

        Args:
            frames (Tensor): The valid frames, clip by clip, of shape (N, 3, H, W).
            mask (Tensor): Bool of shape (B, T). N are True.

        Returns:
            Tensor: Float32 probabilities of shape (B, T, K), zeros where a frame is padding.
        """
        valid_scores = self.fer2d.scores(frames)
        scores = valid_scores.new_zeros(*mask.shape, valid_scores.shape[1])
        scores[mask] = valid_scores
        return scores

    def _explain_fer2d_mismatch(self, stored: bytes) -> str:
        return ('The checkpoint was trained with a different 2D model (fingerprint '
                f'{stored.hex()[:12]}) than {self.fer2d.checkpoint} (fingerprint '
                f'{self.fer2d.fingerprint[:12]}). Set the key `fer2d.checkpoint` to the 2D model '
                'that it was trained with')
