"""Predict the emotion of one video, whose face is detected on the fly."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmaction.registry import MODELS, TRANSFORMS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from torch import nn

from ..checkpoints import classes_of, clips_of, load_state_dict
from ..checks import CHECKPOINT, same_class_order
from ..converters import read_for_config
from ..datasets.dfer_dataset import pipeline_steps
from ..datasets.transforms import FaceSceneSplit
from ..detection import DetectFaces
from ..models.class_order import class_names_of
from ..video import open_video
from ..visualization.inference_sheet import draw_inference_sheet
from .real_faces import trained_on_drawings


@dataclass
class VideoInference:
    """The prediction of a model for a video, and the T frames that it saw.

    Args:
        probabilities (dict[str, float]): Probabilities by class name, in the model's order. They
            sum to one.
        total_frames (int): Length of the video.
        frame_inds (np.ndarray): Ascending indices of the frames, int64 of shape (T,).
        frames (np.ndarray): Frames, uint8 RGB of shape (T, H, W, 3).
        boxes (np.ndarray): Face boxes, float32 of shape (T, 4), xyxy in pixels. The whole frame if
            the video has no face.
        detected (np.ndarray): Bool of shape (T,), False where the box is filled in from other
            frames.
        face (np.ndarray): Views of the face stream, uint8 RGB of shape (T, S, S, 3).
        scene (np.ndarray): Views of the scene stream, uint8 RGB of shape (T, S, S, 3).
    """

    probabilities: dict[str, float]
    total_frames: int
    frame_inds: np.ndarray
    frames: np.ndarray
    boxes: np.ndarray
    detected: np.ndarray
    face: np.ndarray
    scene: np.ndarray

    @property
    def face_found(self) -> bool:
        """Whether a face was detected in any frame."""
        return bool(self.detected.any())

    @property
    def face_report(self) -> str:
        """Number of frames in which the face was found, in words."""
        if not self.face_found:
            return 'no face found, so that both streams see the whole frame'
        return f'face found in {self.detected.sum()} of {len(self.detected)} sampled frames'

    def ranking(self) -> list[tuple[str, float]]:
        """Return the classes and their probabilities, the most likely class first."""
        return sorted(self.probabilities.items(), key=lambda item: -item[1])

    def report(self) -> str:
        """Describe the prediction in lines of text, the most likely class first."""
        width = max(map(len, self.probabilities))
        return '\n'.join([f'{self.total_frames} frames, {self.face_report}',
                          *(f'{name:{width}}  {share:.3f}' for name, share in self.ranking())])

    def draw(self, path: str | Path) -> None:
        """Draw what the model saw and predicted.

        Args:
            path (str | Path): Image file to write. Its suffix chooses the format (.png, .pdf).
        """
        name, share = self.ranking()[0]
        draw_inference_sheet(
            path, title=f'{name} {share:.2f}   ({self.face_report})', ranking=self.ranking(),
            frame_inds=self.frame_inds, frames=self.frames, boxes=self.boxes,
            detected=self.detected, face=self.face, scene=self.scene)


def init_model(config: str | Path | Config, checkpoint: str | Path,
               device: str = 'cpu') -> nn.Module:
    """Build a model and load its trained weights.

    Args:
        config (str | Path | Config): Config that the model was trained with.
        checkpoint (str | Path): File or URL of the weights, which may hold tensors and plain data
            only.
        device (str): Device of the model. Defaults to ``'cpu'``.

    Returns:
        nn.Module: The model in eval mode, with the config as its attribute ``cfg`` and what the
            checkpoint says about its clips as ``trained_clips`` and ``trained_on_drawings``.

    Raises:
        FileNotFoundError: If the config, the checkpoint or CLIP's weights are missing.
        ValueError: If the checkpoint cannot be read safely, belongs to another model, or was
            trained on another class order than that of the config.
    """
    if not isinstance(config, Config):
        config = Config.fromfile(config)
    init_default_scope(config.get('default_scope', 'mmaction'))
    content = read_for_config(checkpoint, config)
    model = MODELS.build(config.model)
    load_state_dict(model, content.get('state_dict', content), checkpoint)
    tested = (config.get('test_dataloader') or {}).get('dataset', {})
    same_class_order(getattr(model, 'cls_head', None),
                     {'test_dataloader.dataset.classes': tested.get('classes'),
                      CHECKPOINT: classes_of(content)})
    model.cfg, model.trained_clips = config, clips_of(content)
    model.trained_on_drawings = trained_on_drawings(content)
    return model.to(device).eval()


@torch.no_grad()
def infer_video(model: nn.Module, video: str | Path, detect_faces: DetectFaces) -> VideoInference:
    """Run a model on one video as its config tests clips, with the face detected on the fly.

    Args:
        model (nn.Module): Model from :func:`init_model`.
        video (str | Path): Video file or folder of frames.
        detect_faces (DetectFaces): Replacement for ``LoadFaceBoxes``.

    Returns:
        VideoInference: The prediction and the frames, without padding.

    Raises:
        FileNotFoundError: If the video is missing.
        VideoError: If the video cannot be decoded.
        ValueError: If the config's test pipeline lacks ``LoadFaceBoxes`` or ``FaceSceneSplit``.
    """
    sample = dict(clip_id=Path(video).name, filename=str(video), total_frames=count_frames(video))
    views = {}
    for step in live_pipeline(model.cfg, detect_faces):
        if step is detect_faces:
            views['frames'] = sample['imgs']
        sample = step(sample)
        if isinstance(step, FaceSceneSplit):
            views.update(sample)
    [prediction] = model.test_step(pseudo_collate([sample]))
    scores = prediction.pred_score.tolist()
    valid = views['mask']
    face, scene = (views[stream].clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()[valid]
                   for stream in ('face', 'scene'))
    return VideoInference(
        dict(zip(class_names_of(model), scores)), views['total_frames'],
        views['frame_inds'][valid], views['frames'][valid], views['face_boxes'][valid],
        views['face_detected'][valid], face, scene)


def count_frames(video: str | Path) -> int:
    """Count the frames of a video.

    Args:
        video (str | Path): Video file or folder of frames.

    Returns:
        int: Number of frames.

    Raises:
        FileNotFoundError: If the video is missing.
        VideoError: If the file is empty or not a video.
    """
    if not Path(video).exists():
        raise FileNotFoundError(f'{video}: the video file or folder of frames was not found')
    with open_video(video) as reader:
        return len(reader)


def live_pipeline(config: Config, detect_faces: DetectFaces) -> list:
    """Build a config's test pipeline with a face detector in place of its own face boxes.

    ``ReadPair`` of a dataset that comes with face crops becomes reading, detection and split, so
    that its models see a plain video.

    Args:
        config (Config): Config of a model that splits face and scene.
        detect_faces (DetectFaces): Replacement for ``LoadFaceBoxes`` or ``DetectFaces``.

    Returns:
        list: The transforms.

    Raises:
        ValueError: If the pipeline lacks ``LoadFaceBoxes`` or ``FaceSceneSplit``.
    """
    steps = []
    for step in pipeline_steps(config.test_dataloader.dataset.pipeline):
        steps += _read_whole_frames(step) if step['type'] == 'ReadPair' else [step]
    steps = [dict(type='LoadFaceBoxes') if step['type'] == 'DetectFaces' else step
             for step in steps]
    names = [step['type'] for step in steps]
    for name in ('LoadFaceBoxes', 'FaceSceneSplit'):
        if name not in names:
            raise ValueError(f'{config.filename}: the test pipeline has no {name}, so that it '
                             'cannot use a face that is detected on the fly. Give a config that '
                             'splits full frames')
    return [detect_faces if step['type'] == 'LoadFaceBoxes' else TRANSFORMS.build(step)
            for step in steps]


def _read_whole_frames(read_pair: dict) -> list[dict]:
    """Return the steps that make both streams of full frames, as ``ReadPair`` does of pairs."""
    return [dict(type='ReadClip'), dict(type='LoadFaceBoxes'),
            dict(read_pair, type='FaceSceneSplit')]
