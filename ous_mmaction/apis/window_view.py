from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor

from ..experiments.observation import forward_in_stages
from ..models.frame_memo import FrameMemo
from ..models.heads import MCFEHead
from ..models.layers.ous.attention_recorder import SOURCES
from ..models.recognizers import OUSRecognizer
from ..video import FrameStream
from .film_record import FilmRecord
from .film_results import WindowResult
from .window_model import View, WindowModel

ROUNDING = 2e-6  # seconds; a record rounds its times


@dataclass(frozen=True)
class WindowView:
    """What a model saw of one person in one window, and what it said.

    Args:
        scores (dict[str, float]): Probabilities by class name, in the model's order.
        face (np.ndarray): Frames of the face stream, uint8 RGB of shape (T, S, S, 3).
        scene (np.ndarray, optional): The same of the scene stream. None if the model has none.
        attention (dict[str, float], optional): Share of MCFE's attention by source (``SOURCES``),
            averaged over blocks and queries. The shares sum to 1. None without MCFE.
    """

    scores: dict[str, float]
    face: np.ndarray
    scene: np.ndarray | None
    attention: dict[str, float] | None

    @property
    def label(self) -> str:
        """The most likely class."""
        return max(self.scores, key=self.scores.get)


def view_window(model: WindowModel, views: Sequence[View]) -> WindowView:
    """Run a model on the clip of a window and keep what it saw.

    Args:
        model (WindowModel): The model.
        views (Sequence[View]): The frames in which the person's face is visible.

    Returns:
        WindowView: The answer, with the frames that the model sampled.
    """
    [scores] = model.scores([views], FrameMemo())
    clip = model.clip(views)
    inputs = clip['inputs']
    inputs = inputs if isinstance(inputs, dict) else dict(face=inputs)
    valid = inputs.get('mask', torch.tensor(True)).numpy()
    face = _pictures(inputs['face'] if 'face' in inputs else inputs[''])
    scene = _pictures(inputs['scene']) if 'scene' in inputs else None
    return WindowView(dict(zip(model.class_names, map(float, scores))), _kept(face, valid),
                      None if scene is None else _kept(scene, valid), attention_of(model, clip))


def _pictures(frames: Tensor) -> np.ndarray:
    """Turn (T, 3, S, S) or (1, 3, T, S, S) into pictures of shape (T, S, S, 3)."""
    frames = frames[0].transpose(0, 1) if frames.dim() == 5 else frames
    return frames.permute(0, 2, 3, 1).contiguous().numpy()


def _kept(pictures: np.ndarray, valid: np.ndarray) -> np.ndarray:
    return pictures[valid] if valid.shape == (len(pictures),) else pictures


@torch.no_grad()
def attention_of(model: WindowModel, clip: dict) -> dict[str, float] | None:
    """Return the share of MCFE's attention by source; None for a model without MCFE.

    Args:
        model (WindowModel): The model.
        clip (dict): Sample from :meth:`WindowModel.clip`.

    Returns:
        dict[str, float] | None: Shares, which sum to 1.
    """
    net = model.model
    if not isinstance(net, OUSRecognizer) or getattr(net.cls_head, 'mcfe', None) is None or (
            not isinstance(net.cls_head, MCFEHead)):
        return None
    with model.lock:
        inputs = net.data_preprocessor(pseudo_collate([clip]), False)['inputs']
        _, stages = forward_in_stages(net, inputs)
    return dict(zip(SOURCES, stages['attention'].double().mean((0, 1, 2)).tolist()))


def find_window(record: FilmRecord, moment: float, person: int) -> WindowResult:
    """Find the window around a moment in which a person is scored.

    Args:
        record (FilmRecord): What was found in a film.
        moment (float): Time in seconds.
        person (int): Number of the person.

    Returns:
        WindowResult: Of the windows that hold the moment, the one whose middle is nearest to it.

    Raises:
        ValueError: If none of them scores the person.
    """
    def distance(window: WindowResult) -> float:
        return abs((window.start + window.end) / 2 - moment)

    around = [window for window in record.windows()
              if window.start - ROUNDING <= moment <= window.end + ROUNDING
              and any(row.person == person for row in window.people)]
    if not around:
        raise ValueError(f'The face of person {person} is not visible for long enough around '
                         f'{moment:.2f} s. Choose another moment or person')
    return min(around, key=distance)


def read_views(model: WindowModel, record: FilmRecord, source: Any, window: WindowResult,
               person: int) -> list[View]:
    """Read once more what the model read of a person in a window.

    Args:
        model (WindowModel): The model.
        record (FilmRecord): What was found in the film.
        source (Any): The film.
        window (WindowResult): A window of the record.
        person (int): Number of a person whom it scores.

    Returns:
        list[View]: The frames in which the face is visible.
    """
    boxes = {frame.index: face.box for frame in record.frames() for face in frame.faces
             if face.person == person
             and window.start - ROUNDING <= frame.time < window.end - ROUNDING}
    views = []
    for frame in FrameStream(source, record.about['settings']['fps']).frames(only=boxes):
        views.append(model.view(frame.image, boxes[frame.index]))
        if len(views) == len(boxes):
            break
    return views
