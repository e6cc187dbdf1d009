from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .expressions import EXPRESSIONS, Expression, between

# Seconds that a person takes to leave or enter, and an expression to change into another one.
ENTERING, CHANGING = 0.3, 0.16


@dataclass(frozen=True)
class FilmRole:
    """What a person does in a shot.

    Args:
        person (int): Number of the person, counted from 1.
        area (tuple[int, int, int]): Left, top and side of the square that the person moves in.
        spans (tuple[tuple[float, float], ...]): Times in seconds between which the person is there.
        expressions (tuple[tuple[float, str], ...]): Expressions and the times in seconds from which
            they are shown, the first one from the start of the shot.
    """
    person: int
    area: tuple[int, int, int]
    spans: tuple[tuple[float, float], ...]
    expressions: tuple[tuple[float, str], ...]

    def hidden_share(self, time: float, start: float, stop: float) -> float:
        """Return the share of the way out of the frame; a shot begins and ends with a cut.

        Args:
            time (float): Time in seconds.
            start (float): Start of the shot in seconds.
            stop (float): End of the shot in seconds.
        """
        outside = 1.0
        for enters, leaves in self.spans:
            if enters <= time < leaves:
                since = np.inf if enters == start else (time - enters) / ENTERING
                until = np.inf if leaves == stop else (leaves - time) / ENTERING
                outside = max(0.0, 1 - since, 1 - until)
        return float(outside)

    def expression_name(self, time: float) -> str:
        """Return the expression at a time; a change counts from its middle."""
        return [name for start, name in self.expressions if start <= time or start <= 0][-1]

    def expression(self, time: float) -> Expression:
        """Return the state of the face at a time."""
        state = EXPRESSIONS[self.expressions[0][1]]
        for middle, name in self.expressions[1:]:
            share = min(max((time - middle) / CHANGING + 0.5, 0), 1)
            state = between(state, EXPRESSIONS[name], share)
        return state
