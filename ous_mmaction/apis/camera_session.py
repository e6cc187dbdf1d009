from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..video import TimedFrame
from .emotion_stream import EmotionStream
from .film_results import FrameResult, PersonScores, WindowResult
from .outputs.drawing import draw_faces


class CameraView(NamedTuple):
    """What is shown after a frame of a camera.

    Attributes:
        picture (np.ndarray): The frame with boxes and emotions, RGB of shape (H, W, 3), uint8.
        frame (FrameResult): Its faces.
        people (list[PersonScores]): Scores of the latest window; empty before the first is full.
        largest (PersonScores | None): Those of the person whose face is the largest in the frame.
        warnings (list[str]): What a user has to know about the results.
    """

    picture: np.ndarray
    frame: FrameResult
    people: list[PersonScores]
    largest: PersonScores | None
    warnings: list[str]


class CameraSession:
    """A camera whose frames arrive one by one; the latest full window gives the emotions.

    Args:
        stream (EmotionStream): A new stream that detects frames one by one.

    Attributes:
        windows (int): Number of windows that were scored so far.
    """

    def __init__(self, stream: EmotionStream) -> None:
        self.stream = stream
        self.windows = 0
        self._origin: float | None = None
        self._time, self._index = -1., 0
        self._people: list[PersonScores] = []

    def push(self, image: np.ndarray, time: float) -> CameraView:
        """Take the next frame.

        Args:
            image (np.ndarray): RGB of shape (H, W, 3), uint8.
            time (float): When it was taken, in seconds of any clock.

        Returns:
            CameraView: What is known now.

        Raises:
            ValueError: If the frame is not later than the one before.
        """
        self._origin = time if self._origin is None else self._origin
        if time - self._origin <= self._time:
            raise ValueError('A frame must be later than the one before, at '
                             f'{self._time:.3f} s, but it is at {time - self._origin:.3f} s')
        self._time = time - self._origin
        frame = None
        for result in self.stream.push(TimedFrame(self._index, self._time, image)):
            if isinstance(result, WindowResult):
                self._people, self.windows = result.people, self.windows + 1
            elif isinstance(result, FrameResult):
                frame = result
        self._index += 1
        scores = {row.person: row for row in self._people}
        picture = draw_faces(image, frame, scores, self.stream.model.class_names)
        known = [face for face in frame.faces if face.person in scores]
        largest = max(known, key=lambda face: np.prod(face.box[2:] - face.box[:2]), default=None)
        return CameraView(np.asarray(picture), frame, self._people,
                          largest and scores[largest.person], list(self.stream.warnings))
