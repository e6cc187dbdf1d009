from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Union

import numpy as np

from ..detection import FaceDetector, PeopleTracker
from ..detection.tracked_face import TrackedFace
from ..models.frame_memo import FrameMemo
from ..video import TimedFrame
from .film_results import FrameResult, PersonScores, StepResult, WindowResult
from .film_settings import FilmSettings
from .real_faces import REAL_FACE_FRAMES, REAL_FACE_WARNING, has_real_face
from .window_model import View, WindowModel

Result = Union[FrameResult, WindowResult, StepResult]
INSTANT = 1e-6  # seconds; times closer than this are equal
ROUNDING = 2e-3  # seconds; the end of a film follows from times that some containers round


class _Seen(NamedTuple):
    """A frame of the current windows: its faces, and what the model reads of each person."""

    index: int
    time: float
    faces: list[TrackedFace]
    views: dict[int, View]


class EmotionStream:
    """Emotions of people over time, from frames that arrive one by one.

    Every frame is detected once. A model that reads frames one by one encodes a frame at most once,
    however many windows it lies in. Memory holds the frames of one window, as the model reads them.
    A window's scores are those of the model on a clip of the frames in which the person's face is
    visible, sampled as the config's test does.

    The same class serves files and cameras: the results do not depend on when the frames arrive.

    Args:
        model (WindowModel): The model.
        detector (FaceDetector): Finds the faces of frames.
        tracker (PeopleTracker): Tells people apart, frame by frame.
        settings (FilmSettings): How the film is cut into windows.
        batch_size (int): Number of frames that are detected together. Results come when a batch is
            full. Defaults to 1.
        drawings (bool): Whether the model was trained on drawings. Defaults to False.

    Attributes:
        warnings (list[str]): What a user has to know about the results so far: a model that was
            trained on drawings met a real face, or one of aligned crops sees those of a detector.
    """

    def __init__(self, model: WindowModel, detector: FaceDetector, tracker: PeopleTracker,
                 settings: FilmSettings, batch_size: int = 1, drawings: bool = False) -> None:
        self.model, self.detector, self.tracker = model, detector, tracker
        self.settings, self.batch_size = settings, batch_size
        self.drawings = drawings
        self.warnings = list(model.warnings)
        self._real_frames = 0
        self.memo = FrameMemo()
        self._waiting: list[TimedFrame] = []  # to be detected
        self._seen: deque[_Seen] = deque()
        self._replayed: dict[int, list[TrackedFace]] = {}
        self._windows: deque[WindowResult] = deque(maxlen=settings.overlap)
        self._present: dict[int, float] = {}  # person -> visible share of the latest step
        self._origin = self._time = 0.
        self._count, self._last_index = 0, -1
        self._window = self._step = 0  # the next ones

    def run(self, frames: Iterable[TimedFrame]) -> Iterator[Result]:
        """Process a whole film.

        Args:
            frames (Iterable[TimedFrame]): The frames in their order.

        Yields:
            FrameResult | WindowResult | StepResult: As soon as it is known.
        """
        for frame in frames:
            yield from self.push(frame)
        yield from self.finish()

    def push(self, frame: TimedFrame) -> list[Result]:
        """Take the next frame.

        Args:
            frame (TimedFrame): A frame whose time is later than that of the frame before.

        Returns:
            list[Result]: What is known now and was not before.
        """
        if frame.index <= self._last_index:  # the stream goes on from a state
            if frame.index in self._replayed:
                self._keep(frame, self._replayed.pop(frame.index))
            return []
        self._waiting.append(frame)
        return self._detect() if len(self._waiting) >= self.batch_size else []

    def finish(self) -> list[Result]:
        """Return what the end of the film completes.

        The last window is shorter than the others where none of them reaches the end, and so is
        the only window of a film that is shorter than one.
        """
        results = self._detect()
        if not self._count:
            return results
        gap = (self._time - self._origin) / (self._count - 1) if self._count > 1 else 0.04
        end = self._time + gap
        while self._start(self._window) + self.settings.length <= end + ROUNDING:
            results += self._close_window(self._start(self._window) + self.settings.length)
        reached = self._windows[-1].end if self._windows else self._origin
        if reached < end - ROUNDING:
            results += self._close_window(end)
        while self._start(self._step) < end - ROUNDING:
            results.append(self._close_step(min(self._start(self._step + 1), end)))
        return results

    def _start(self, number: int) -> float:
        return self._origin + number * self.settings.stride

    def _detect(self) -> list[Result]:
        results: list[Result] = []
        frames, self._waiting = self._waiting, []
        for frame, found in zip(frames, self.detector.detect([frame.image for frame in frames])):
            faces = self.tracker.update(frame.time, frame.image, found[:, :4], found[:, 4])
            if not self._count:
                self._origin = frame.time
            while frame.time >= self._start(self._window) + self.settings.length - INSTANT:
                results += self._close_window(self._start(self._window) + self.settings.length)
            self._keep(frame, faces)
            if self.drawings and REAL_FACE_WARNING not in self.warnings:
                self._real_frames += has_real_face(frame.image, [face.box for face in faces])
                if self._real_frames >= REAL_FACE_FRAMES:
                    self.warnings.append(REAL_FACE_WARNING)
            self._count, self._last_index, self._time = self._count + 1, frame.index, frame.time
            results.append(FrameResult(frame.index, frame.time, faces))
        return results

    def _keep(self, frame: TimedFrame, faces: list[TrackedFace]) -> None:
        views = {face.person: self.model.view(frame.image, face.box) for face in faces}
        self._seen.append(_Seen(frame.index, frame.time, faces, views))

    def _close_window(self, end: float) -> list[Result]:
        """Score the next window and the time step that begins with it."""
        start = self._start(self._window)
        frames = [seen for seen in self._seen if start - INSTANT <= seen.time < end - INSTANT]
        visible = visible_shares(frames)
        chosen = self._choose(frames, visible)
        scores = self.model.scores(
            [[seen.views[person] for seen in frames if person in seen.views] for person in chosen],
            self.memo)
        self.memo.next_round(keep=self.settings.overlap)
        people = [PersonScores(person, visible[person], row)
                  for person, row in zip(chosen, scores)]
        window = WindowResult(self._window, start, end, len(frames), people)
        self._windows.append(window)
        self._window += 1
        step = self._close_step(min(self._start(self._window), end))
        while self._seen and self._seen[0].time < self._start(self._window) - INSTANT:
            self._seen.popleft()
        return [window, step]

    def _choose(self, frames: list[_Seen], visible: dict[int, float]) -> list[int]:
        """Return whom the window scores: those visible for long enough, the largest faces first."""
        weights = dict.fromkeys(visible, 0.)
        for seen in frames:
            for face in seen.faces:
                sides = np.maximum(face.box[2:4] - face.box[:2], 0)
                weights[face.person] += float(np.sqrt(sides.prod()) * face.score)
        people = [person for person in sorted(weights, key=lambda person: -weights[person])
                  if visible[person] >= self.settings.min_visible - INSTANT]
        return sorted(people[:self.settings.most_people])

    def _close_step(self, end: float) -> StepResult:
        """Average the windows that cover the next time step."""
        start = self._start(self._step)
        frames = [seen for seen in self._seen if start - INSTANT <= seen.time < end - INSTANT]
        if frames:  # a step between two frames shows what the last one showed
            self._present = visible_shares(frames)
        covering = [window for window in self._windows
                    if window.start <= start + INSTANT and window.end >= end - INSTANT]
        people = []
        for person, share in sorted(self._present.items()):
            rows = [row.scores for window in covering for row in window.people
                    if row.person == person]
            if rows and share >= self.settings.min_visible - INSTANT:
                people.append(PersonScores(person, share, np.mean(rows, axis=0)))
        self._step += 1
        return StepResult(self._step - 1, start, end, people)

    @property
    def is_settled(self) -> bool:
        """Whether every frame that arrived was processed, so that :meth:`state` is complete."""
        return not self._waiting and not self._replayed

    @property
    def first_frame(self) -> int:
        """Index of the first frame that the stream still reads; earlier ones may be left out."""
        return min([*self._replayed, self._last_index + 1])

    def state(self) -> dict:
        """Return plain data and arrays from which :meth:`load_state` goes on with the same bits."""
        return dict(
            origin=self._origin, time=self._time, count=self._count, last_index=self._last_index,
            window=self._window, step=self._step, present=list(self._present.items()),
            windows=[[*window[:4], [list(row) for row in window.people]]
                     for window in self._windows],
            seen=[[seen.index, [list(face) for face in seen.faces]] for seen in self._seen],
            warnings=self.warnings, real_frames=self._real_frames,
            memo=self.memo.state(), tracker=self.tracker.state())

    def load_state(self, state: dict) -> None:
        """Go on where :meth:`state` was called, with the frames from :attr:`first_frame` on.

        Args:
            state (dict): State of a stream with the same parts and settings.
        """
        self._origin, self._time, self._count = state['origin'], state['time'], state['count']
        self._last_index, self._window, self._step = (
            state['last_index'], state['window'], state['step'])
        self._present = {person: share for person, share in state['present']}
        self._windows.extend(
            WindowResult(*window, [PersonScores(*row) for row in people])
            for *window, people in state['windows'])
        self._replayed = {index: [TrackedFace(*face) for face in faces]
                          for index, faces in state['seen']}
        self.warnings, self._real_frames = list(state['warnings']), state['real_frames']
        self.memo = FrameMemo.from_state(state['memo'], self.model.device)
        self.tracker = type(self.tracker).from_state(state['tracker'])


def visible_shares(frames: Iterable[_Seen]) -> dict[int, float]:
    """Return the share of the frames in which each person's face was detected."""
    frames = list(frames)
    people = sorted({person for seen in frames for person in seen.views})
    return {person: sum(person in seen.views for seen in frames) / len(frames)
            for person in people}
