"""The emotion of one video, its face found on the way."""
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

from ..checkpoints import load_state_dict, read_state_dict
from ..datasets.dfer_dataset import pipeline_steps
from ..datasets.transforms import FaceSceneSplit
from ..detection import DetectFaces
from ..models.class_order import class_names_of
from ..video import open_video
from ..visualization.inference_sheet import draw_inference_sheet


@dataclass
class VideoInference:
    """What a model says about a video, and the T frames that it saw.

    Args:
        probabilities (dict[str, float]): By class name, in the model's order; they sum to one.
        total_frames (int): Length of the video.
        frame_inds (np.ndarray): (T,) int64 numbers of the frames, ascending.
        frames (np.ndarray): (T, H, W, 3) uint8 RGB.
        boxes (np.ndarray): (T, 4) float32 xyxy, pixels; the whole frame where there is no face.
        detected (np.ndarray): (T,) bool; False where the box is filled in from other frames.
        face (np.ndarray): (T, S, S, 3) uint8 RGB, the face stream.
        scene (np.ndarray): (T, S, S, 3) uint8 RGB, the scene stream.
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
        """Whether there is a face in any frame."""
        return bool(self.detected.any())

    @property
    def face_report(self) -> str:
        """In how many frames the face was found, in words."""
        if not self.face_found:
            return 'no face found: both streams see the whole frame'
        return f'face found in {self.detected.sum()} of {len(self.detected)} sampled frames'

    def ranking(self) -> list[tuple[str, float]]:
        """Classes and probabilities, the likeliest first."""
        return sorted(self.probabilities.items(), key=lambda item: -item[1])

    def report(self) -> str:
        """The probabilities as lines of text, the likeliest first."""
        width = max(map(len, self.probabilities))
        return '\n'.join([f'{self.total_frames} frames, {self.face_report}',
                          *(f'{name:{width}}  {share:.3f}' for name, share in self.ranking())])

    def draw(self, path: str | Path) -> None:
        """Write a picture of what the model saw and what it answered, see its suffix for the format."""
        name, share = self.ranking()[0]
        draw_inference_sheet(
            path, title=f'{name} {share:.2f}   ({self.face_report})', ranking=self.ranking(),
            frame_inds=self.frame_inds, frames=self.frames, boxes=self.boxes,
            detected=self.detected, face=self.face, scene=self.scene)


def init_model(config: str | Path | Config, checkpoint: str | Path,
               device: str = 'cpu') -> nn.Module:
    """Build a trained model.

    Args:
        config (str | Path | Config): Config it was trained with.
        checkpoint (str | Path): File or URL of its weights: tensors and plain data only.
        device (str): Where to run.

    Returns:
        nn.Module: In eval mode; ``cfg`` is the config.

    Raises:
        FileNotFoundError: If config, checkpoint or CLIP's weights are missing.
        ValueError: If the checkpoint cannot be read safely, or is another model's.
    """
    if not isinstance(config, Config):
        config = Config.fromfile(config)
    init_default_scope(config.get('default_scope', 'mmaction'))
    state_dict = read_state_dict(checkpoint)
    model = MODELS.build(config.model)
    load_state_dict(model, state_dict, checkpoint)
    model.cfg = config
    return model.to(device).eval()


@torch.no_grad()
def infer_video(model: nn.Module, video: str | Path, detect_faces: DetectFaces) -> VideoInference:
    """Run a model on one video as its config tests clips, but for the face, which is found now.

    Args:
        model (nn.Module): From :func:`init_model`.
        video (str | Path): A video file or a folder of frames.
        detect_faces (DetectFaces): Takes the place of ``LoadFaceBoxes``.

    Returns:
        VideoInference: Padding is left out of its frames.

    Raises:
        FileNotFoundError: If the video is missing.
        VideoError: If it does not decode.
        ValueError: If the config's test pipeline has no ``LoadFaceBoxes`` and ``FaceSceneSplit``.
    """
    sample = dict(clip_id=Path(video).name, filename=str(video), total_frames=count_frames(video))
    seen = {}
    for step in live_pipeline(model.cfg, detect_faces):
        if step is detect_faces:
            seen['frames'] = sample['imgs']
        sample = step(sample)
        if isinstance(step, FaceSceneSplit):
            seen.update(sample)
    [prediction] = model.test_step(pseudo_collate([sample]))
    scores = prediction.pred_score.tolist()
    real = seen['mask']
    face, scene = (seen[stream].permute(0, 2, 3, 1).numpy()[real] for stream in ('face', 'scene'))
    return VideoInference(
        dict(zip(class_names_of(model), scores)), seen['total_frames'],
        seen['frame_inds'][real], seen['frames'][real], seen['face_boxes'][real],
        seen['face_detected'][real], face, scene)


def count_frames(video: str | Path) -> int:
    """Length of a video.

    Raises:
        FileNotFoundError: If it is missing.
        VideoError: If it is empty or no video.
    """
    if not Path(video).exists():
        raise FileNotFoundError(f'{video}: no such video file or folder of frames')
    with open_video(video) as reader:
        return len(reader)


def live_pipeline(config: Config, detect_faces: DetectFaces) -> list:
    """The transforms by which a config tests, with a detector in the place of ``LoadFaceBoxes``."""
    steps = pipeline_steps(config.test_dataloader.dataset.pipeline)
    names = [step['type'] for step in steps]
    for name in ('LoadFaceBoxes', 'FaceSceneSplit'):
        if name not in names:
            raise ValueError(f'{config.filename}: the test pipeline has no {name}, a face that is '
                             'found now has no place in it; take a config that splits full frames')
    return [detect_faces if step['type'] == 'LoadFaceBoxes' else TRANSFORMS.build(step)
            for step in steps]
