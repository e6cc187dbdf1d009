"""The numbers that define a rendered benchmark."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BenchmarkSpec:
    """Size and composition of a rendered benchmark; equal specs render equal pixels.

    Args:
        clips_per_class (int): Number of clips of each of the seven classes.
        ambiguous_share (float): Share p of the clips of a paired class that show the ambiguous face
            of the pair. In these clips the scene decides; in the others it says nothing.
        folds (int): Number of test folds. Each holds the same number of clips of each kind.
        size (int): Side of the square frames in pixels.
        frames (tuple[int, int]): Smallest and largest number of frames of a clip, both included.
        fps (int): Frames per second.
        seed (int): Seed of everything that is drawn at random.

    Raises:
        ValueError: If a value is out of range, or the counts do not divide evenly over the folds.
    """
    clips_per_class: int = 150
    ambiguous_share: float = 0.8
    folds: int = 5
    size: int = 192
    frames: tuple[int, int] = (12, 20)
    fps: int = 12
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, 'frames', tuple(self.frames))
        if self.folds < 2:
            raise ValueError(f'BenchmarkSpec: folds must be 2 or more, but is {self.folds}')
        if self.size < 96:
            raise ValueError(f'BenchmarkSpec: size must be 96 pixels or more, but is {self.size}')
        if not 1 <= self.frames[0] <= self.frames[1]:
            raise ValueError('BenchmarkSpec: frames must be (smallest, largest) with '
                             f'1 <= smallest <= largest, but is {self.frames}')
        if self.fps < 1 or self.seed < 0:
            raise ValueError('BenchmarkSpec: fps must be positive and seed must not be negative, '
                             f'but they are {self.fps} and {self.seed}')
        if not 0 <= self.ambiguous_share <= 1:
            raise ValueError('BenchmarkSpec: ambiguous_share must be in 0..1, but is '
                             f'{self.ambiguous_share}')
        ambiguous = self.clips_per_fold * self.ambiguous_share
        if (self.clips_per_class < 1 or self.clips_per_class % self.folds
                or self.clips_per_fold % 2 or abs(ambiguous - round(ambiguous)) > 1e-6
                or self.clear_per_fold % 2):
            raise ValueError(
                f'BenchmarkSpec: clips_per_class={self.clips_per_class} does not divide with '
                f'ambiguous_share={self.ambiguous_share} and folds={self.folds}. The numbers of '
                'ambiguous and of clear clips of a class in a fold must be whole and even '
                '(50, 100 and 150 clips work with 0.8 and 5 folds)')

    @property
    def clips_per_fold(self) -> int:
        """Number of clips of one class in one test fold."""
        return self.clips_per_class // self.folds

    @property
    def ambiguous_per_fold(self) -> int:
        """Number of clips of one paired class in one test fold that show the ambiguous face."""
        return round(self.clips_per_fold * self.ambiguous_share)

    @property
    def clear_per_fold(self) -> int:
        """Number of clips of one paired class in one test fold that show its own face."""
        return self.clips_per_fold - self.ambiguous_per_fold
