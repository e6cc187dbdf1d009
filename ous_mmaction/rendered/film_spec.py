"""The numbers that define a rendered film."""
from __future__ import annotations

from dataclasses import dataclass

# Side in pixels of the smallest area that holds a person before a panel.
SMALLEST_AREA = 96


@dataclass(frozen=True)
class FilmSpec:
    """Length and content of a rendered film; equal specs render equal pixels.

    Args:
        seconds (float): Length of the film.
        people (int): Number of people in it. A shot shows some of them.
        size (tuple[int, int]): Width and height of the frames in pixels, both even.
        fps (int): Frames per second, on average where the rate varies.
        variable_rate (bool): Whether the time from frame to frame varies between half and one and a
            half times its mean, in whole milliseconds.
        tone (bool): Whether the film has a sound track: a quiet tone.
        shot_seconds (tuple[float, float]): Least and greatest length of a shot.
        expression_seconds (tuple[float, float]): Least and greatest time from one expression to the
            next, within a shot.
        occluded_share (float): Share of the shots in which something passes before the people.
        leaving_share (float): Share of the appearances in which the person leaves during the shot,
            and in half of these returns.
        seed (int): Seed of everything that is drawn at random.

    Raises:
        ValueError: If a value is out of range.
    """
    seconds: float = 60.0
    people: int = 3
    size: tuple[int, int] = (480, 360)
    fps: int = 25
    variable_rate: bool = False
    tone: bool = False
    shot_seconds: tuple[float, float] = (2.5, 6.0)
    expression_seconds: tuple[float, float] = (1.2, 3.0)
    occluded_share: float = 0.4
    leaving_share: float = 0.25
    seed: int = 0

    def __post_init__(self) -> None:
        for key in ('size', 'shot_seconds', 'expression_seconds'):
            object.__setattr__(self, key, tuple(getattr(self, key)))
        for key in ('seconds', 'people', 'fps'):
            if getattr(self, key) <= 0:
                raise ValueError(f'{key} must be greater than 0, but is {getattr(self, key)}')
        if any(side % 2 for side in self.size):
            raise ValueError(f'size must be two even numbers, but is {self.size}')
        width, height = self.size
        if min(width / self.people, height) < SMALLEST_AREA:
            raise ValueError(f'size must leave {SMALLEST_AREA} x {SMALLEST_AREA} pixels to each of '
                             f'{self.people} people, but is {width} x {height}')
        for key in ('shot_seconds', 'expression_seconds'):
            least, greatest = getattr(self, key)
            if not 0 < least <= greatest:
                raise ValueError(f'{key} must be two numbers above 0 in ascending order, but is '
                                 f'{getattr(self, key)}')
        for key in ('occluded_share', 'leaving_share'):
            if not 0 <= getattr(self, key) <= 1:
                raise ValueError(f'{key} must lie in 0..1, but is {getattr(self, key)}')
