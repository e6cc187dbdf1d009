from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from torch import Tensor, nn

from ..datasets.dfer_dataset import pipeline_steps
from ..models.class_order import class_names_of
from ..models.frame_memo import FrameMemo

ALIGNED_CROPS_WARNING = (
    'The model was trained on aligned crops with 16 frames per clip, which a dataset hands out. '
    'The crops of a detector are another input, on which such weights are known to lose 10 to 25 '
    'points')
View = dict  # name of an input of the model -> the frame's part of it, uint8


class WindowModel:
    """A trained model with its config's test pipeline, cut into a part per frame and one per clip.

    It serves several streams at a time, one after the other.

    Args:
        model (nn.Module): Model from :func:`init_model`.

    Attributes:
        class_names (list[str]): Emotions in the model's class order.
        clip_len (int): Number of frames that the model sees of a clip, or of one view of it.
        lock (Lock): Held while the model runs.
        warnings (list[str]): What a user has to know about all of its results.

    Raises:
        ValueError: If the config's test pipeline is not one that reads faces of clips.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.class_names = list(class_names_of(model))
        self._sample, self._frame_steps = split_pipeline(model.cfg)
        sampled = self._sample(dict(total_frames=1000))
        self.clip_len: int = len(sampled['frame_inds']) // sampled.get('num_clips', 1)
        self.lock = Lock()
        crops = model.cfg.test_dataloader.dataset.get('crops')
        self.warnings = [ALIGNED_CROPS_WARNING] if crops == '16f' else []

    @property
    def scene_resize(self) -> str:
        """How the config turns a whole frame into a square, see :class:`FaceSceneSplit`."""
        return self._frame_steps[0].scene_resize

    @property
    def device(self) -> torch.device:
        """Device of the model."""
        return next(self.model.parameters()).device

    def view(self, image: np.ndarray, box: np.ndarray) -> View:
        """Turn a frame and a face into what the model reads of them.

        Args:
            image (np.ndarray): RGB of shape (H, W, 3), uint8.
            box (np.ndarray): Box of the face of shape (4,), xyxy in pixels.

        Returns:
            View: uint8 tensors by the name of the input; the key is empty if the model has one
            input without a name.
        """
        sample = dict(imgs=np.ascontiguousarray(image)[None], face_found=True, total_frames=1,
                      face_boxes=np.asarray(box, np.float32)[None],
                      frame_inds=np.zeros(1, np.int64), mask=np.ones(1, bool),
                      img_shape=image.shape[:2], original_shape=image.shape[:2])
        for step in self._frame_steps:
            sample = step(sample)
        inputs = sample['inputs']
        return inputs if isinstance(inputs, dict) else {'': inputs}

    def clip(self, views: Sequence[View]) -> dict:
        """Sample the clip of a window as the config's test does.

        Args:
            views (Sequence[View]): The frames in which the face is visible, in their order.

        Returns:
            dict: A sample for ``model.test_step``.
        """
        chosen = self._sample(dict(total_frames=len(views)))
        views = [views[index] for index in chosen['frame_inds']]
        inputs = {name: torch.as_tensor(chosen['mask']) if name == 'mask' else
                  _join([view[name] for view in views], chosen.get('num_clips', 1))
                  for name in views[0]}
        return dict(inputs=inputs.get('', inputs), data_samples=ActionDataSample())

    @torch.no_grad()
    def scores(self, clips: Sequence[Sequence[View]], memo: FrameMemo) -> np.ndarray:
        """Score the people of a window.

        Args:
            clips (Sequence[Sequence[View]]): The visible frames of P people.
            memo (FrameMemo): What the stream's earlier windows computed.

        Returns:
            np.ndarray: Probabilities of shape (P, K), float64.
        """
        if not clips:
            return np.zeros((0, len(self.class_names)))
        with self.lock, memo.installed(self.model):
            samples = self.model.test_step(pseudo_collate([self.clip(clip) for clip in clips]))
        return np.stack([sample.pred_score.double().cpu().numpy() for sample in samples])


def _join(parts: Sequence[Tensor], num_views: int) -> Tensor:
    """Join frames along time: (1, 3, H, W) by the first axis, (1, 3, 1, H, W) by the third.

    The frames of several views follow one another; the views are joined along the first axis.
    """
    length = len(parts) // num_views
    return torch.cat([torch.cat(parts[start:start + length], dim=2 if parts[0].dim() == 5 else 0)
                      for start in range(0, len(parts), length)])


def split_pipeline(config: Config) -> tuple:
    """Split a config's test pipeline into the sampling of frames and what is done to each frame.

    Reading and face boxes fall out, because a stream brings them. Where a dataset has its own face
    crops, as FERV39k has, the crops of the detector take their place.

    Args:
        config (Config): Config that a model was trained with.

    Returns:
        tuple: The transform that samples a clip, and the list of transforms of a frame.

    Raises:
        ValueError: If the pipeline is another one.
    """
    dataset = config.test_dataloader.dataset
    steps = pipeline_steps(dataset.pipeline) if 'pipeline' in dataset else []
    types = [step['type'] for step in steps]
    first = next((types.index(name) for name in ('FaceSceneSplit', 'ReadPair') if name in types),
                 None)
    read = next((types.index(name) for name in ('ReadClip', 'ReadPair') if name in types), None)
    if not read or first is None:
        raise ValueError(f'{config.filename}: the test pipeline needs a step that samples frames, '
                         'ReadClip with FaceSceneSplit, or ReadPair, so that a face that is '
                         f'detected on the fly can be used, but it has {", ".join(types) or "none"}'
                         '. Give a config that splits full frames')
    split = steps[first]
    if split['type'] == 'ReadPair':
        split = dict(split, type='FaceSceneSplit')  # has the keys of both
    return Compose(steps[:read]), [TRANSFORMS.build(step) for step in (split, *steps[first + 1:])]
