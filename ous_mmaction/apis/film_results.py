"""What a film's stream of emotions consists of."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np


class PersonScores(NamedTuple):
    """One person in a window or a time step.

    Attributes:
        person (int): Number of the person, from 1.
        visible (float): Share of the frames in which the face was detected.
        scores (np.ndarray): Probabilities in the model's class order, float64 of shape (K,).
    """

    person: int
    visible: float
    scores: np.ndarray


class FrameResult(NamedTuple):
    """The faces of a frame.

    Attributes:
        index (int): Number of the frame in the film, from 0.
        time (float): Time in seconds at which it is shown.
        faces (list[TrackedFace]): Its faces.
    """

    index: int
    time: float
    faces: list


class WindowResult(NamedTuple):
    """The emotions in a window.

    Attributes:
        number (int): Number of the window, from 0.
        start (float): First moment in seconds.
        end (float): End in seconds; the last window of a film may be shorter than the others.
        frames (int): Number of frames in the window.
        people (list[PersonScores]): Whom the window scores, in the order of their numbers. Empty
            where no face is visible for long enough.
    """

    number: int
    start: float
    end: float
    frames: int
    people: list[PersonScores]


class StepResult(NamedTuple):
    """The emotions in a time step, the mean over the windows that cover it.

    Attributes:
        number (int): Number of the step, from 0.
        start (float): First moment in seconds.
        end (float): End in seconds, one stride later.
        people (list[PersonScores]): The people whose face is visible in the step.
    """

    number: int
    start: float
    end: float
    people: list[PersonScores]
