from __future__ import annotations

import math
from dataclasses import dataclass

# Frames per second of a default window. Clips of the field's datasets last one to four seconds, of
# which a model with 16 frames so sees two.
WINDOW_RATE = 8


@dataclass(frozen=True)
class FilmSettings:
    """How a film is cut into windows.

    Args:
        length (float): Length of a window in seconds.
        stride (float): Seconds from the start of a window to that of the next one, at most
            ``length``.
        min_visible (float): A person is scored in a window if the face is visible in at least this
            share of its frames. Defaults to 0.5.
        people (str | int): Whom a window scores: ``'all'``, ``'largest'``, or the number of the
            largest faces. Defaults to ``'all'``.
        max_fps (float, optional): Analyze at most this many frames per second. None means all.
        smoothing (float): Width in seconds of the moving average over time steps. 0, the default,
            is no smoothing.

    Raises:
        ValueError: If a value is out of its range.
    """

    length: float
    stride: float
    min_visible: float = 0.5
    people: str | int = 'all'
    max_fps: float | None = None
    smoothing: float = 0.

    def __post_init__(self) -> None:
        for name, valid, expected in (
                ('length', 0 < self.length < math.inf, 'a positive number of seconds'),
                ('stride', 0 < self.stride <= self.length,
                 f'more than 0 and at most the length of a window, {self.length} s'),
                ('min_visible', 0 < self.min_visible <= 1, 'more than 0 and at most 1'),
                ('people', self.people in ('all', 'largest') or (
                    isinstance(self.people, int) and self.people > 0),
                 'all, largest or a positive number'),
                ('max_fps', self.max_fps is None or self.max_fps > 0, 'a positive number'),
                ('smoothing', 0 <= self.smoothing < math.inf, 'a number of seconds from 0 on')):
            if not valid:
                raise ValueError(f'The setting `{name}` must be {expected}, but got '
                                 f'{getattr(self, name)!r}')

    @classmethod
    def for_clips_of(cls, clip_len: int, length: float | None = None,
                     stride: float | None = None, **settings) -> FilmSettings:
        """Fill in the defaults for a model that sees ``clip_len`` frames of a clip.

        A window lasts ``clip_len / 8`` seconds, and a new one starts after a quarter of it.

        Args:
            clip_len (int): Number of frames that the model's config samples from a clip.
            length (float, optional): As above. None means the default.
            stride (float, optional): As above. None means the default.
            settings: The other settings.

        Returns:
            FilmSettings: The settings.

        Examples:
            >>> settings = FilmSettings.for_clips_of(16)
            >>> settings.length, settings.stride
            (2.0, 0.5)
        """
        length = clip_len / WINDOW_RATE if length is None else length
        return cls(length, length / 4 if stride is None else stride, **settings)

    @property
    def overlap(self) -> int:
        """Number of windows that a moment can lie in."""
        return math.ceil(self.length / self.stride - 1e-6)

    @property
    def most_people(self) -> int | None:
        """Number of people that a window scores at most; None for all."""
        return {'all': None, 'largest': 1}.get(self.people, self.people)
