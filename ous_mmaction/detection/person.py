from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class Person:
    """What a tracker remembers of a person.

    Args:
        number (int): Number of the person, counted from 1.
        looks (np.ndarray): Unit vectors of the person's appearance of shape (n, D), float32, oldest
            first.
        tracklet (int | None): Id of the chain of boxes that the person was in last; None after a
            cut.
        seen (float): Time in seconds at which the person was seen last.
        count (int): Number of faces so far.
    """

    number: int
    looks: np.ndarray
    tracklet: int | None
    seen: float
    count: int = 0

    def likeness(self, looks: np.ndarray) -> np.ndarray:
        """Compare faces with the look of this person that is most like each of them.

        Args:
            looks (np.ndarray): Unit vectors of N faces, of shape (N, D).

        Returns:
            np.ndarray: Greatest cosine similarity of each face, of shape (N,).
        """
        return (looks @ self.looks.T).max(axis=1)

    def remember(self, look: np.ndarray, new_below: float, limit: int) -> None:
        """Keep a look if it differs from those that are known. The oldest one gives way.

        Args:
            look (np.ndarray): Unit vector of shape (D,).
            new_below (float): Similarity below which the look is new.
            limit (int): Greatest number of looks to keep.
        """
        if self.likeness(look[None])[0] < new_below:
            self.looks = np.concatenate([self.looks, look[None]])[-limit:]
