from __future__ import annotations

from mmaction.models.recognizers import BaseRecognizer
from mmaction.registry import MODELS
from torch import Tensor

from ...checkpoints import StampedModule
from ..frozen_fer2d import FrozenFER2D


@MODELS.register_module()
class AENRecognizer(StampedModule, BaseRecognizer):
    """Affectivity extraction network: a trunk over frames, a neck, a head, and a frozen 2D model.

    *Frame Level Emotion Guided Dynamic Facial Expression Recognition With Emotion Grouping* (Lee et
    al., CVPRW 2023). Inputs are a dict of ``imgs`` (B, T, 3, H, W), normalised face frames, and
    ``mask`` (B, T) bool, True where the frame holds real data: padding is not looked at.

    The 2D model labels frames while the network trains; in testing it is not needed. It is no part
    of the checkpoint, which holds its fingerprint and goes on with no other.

    Args:
        backbone (dict): 2D trunk that gives the maps of its four stages.
        neck (dict): Makes :class:`LevelFeatures` of them.
        cls_head (dict): Reads those; its ``class_names`` are the 2D model's too.
        fer2d (dict): Of :class:`FrozenFER2D`: ``model`` and ``checkpoint``.
        start_from_fer2d (bool): The trunk starts from the 2D model's. Defaults to True.
        data_preprocessor (dict, optional): Stacks and normalises.
    """

    def __init__(self, backbone: dict, neck: dict, cls_head: dict, fer2d: dict,
                 start_from_fer2d: bool = True, data_preprocessor: dict | None = None,
                 **kwargs) -> None:
        super().__init__(backbone, cls_head=cls_head, neck=neck,
                         data_preprocessor=data_preprocessor, **kwargs)
        names = self.cls_head.class_names
        model = dict(fer2d['model'], cls_head=dict(fer2d['model']['cls_head'], class_names=names))
        self.fer2d = FrozenFER2D(model, fer2d['checkpoint'])
        self.start_from_fer2d = start_from_fer2d
        self.add_stamp('fer2d_fingerprint', bytes(16), self._explain_other_fer2d)  # not read yet

    def init_weights(self) -> None:
        """Read the 2D model, so that training fails at once where it cannot be had.

        Raises:
            FileNotFoundError: Its checkpoint is missing.
            ValueError: It is another model's, or its trunk is not of this one's kind.
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
                f'the 2D model has another trunk than the key `backbone` '
                f'({str(error).splitlines()[1].strip()}): make them agree, or set the key '
                '`start_from_fer2d` to False') from None

    def extract_feat(self, inputs: dict, stage: str = 'neck',
                     data_samples: list | None = None, test_mode: bool = False) -> tuple:
        """Features up to a stage.

        Args:
            inputs: See above.
            stage: ``backbone``, ``neck`` or ``head``.
            test_mode: Leave out the 2D model.

        Returns:
            Four maps of the valid frames, LevelFeatures or (B, K) log-probabilities; and the
            keyword arguments for the head: in training ``frame_scores`` (B, T, K).
        """
        imgs, mask = inputs['imgs'], inputs['mask']
        frames = imgs[mask]
        stages = self.backbone(frames)
        if stage == 'backbone':
            return stages, {}
        features = self.neck(stages, mask)
        if stage == 'head':
            return self.cls_head(features), {}
        return features, {} if test_mode else dict(frame_scores=self.label_frames(frames, mask))

    def label_frames(self, frames: Tensor, mask: Tensor) -> Tensor:
        """The 2D model's scores.

        Args:
            frames: (N, 3, H, W) the valid frames, clip by clip.
            mask: (B, T) bool; N are True.

        Returns:
            (B, T, K) float32 probabilities; zeros where a frame is padding.
        """
        scores = self.fer2d.scores(frames)
        labelled = scores.new_zeros(*mask.shape, scores.shape[1])
        labelled[mask] = scores
        return labelled

    def _explain_other_fer2d(self, stored: bytes) -> str:
        return (f'The checkpoint was trained with another 2D model (fingerprint '
                f'{stored.hex()[:12]}) than {self.fer2d.checkpoint} '
                f'({self.fer2d.fingerprint[:12]}). Set the key `fer2d.checkpoint` to the former')
