"""The numbers that define a rendered benchmark."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BenchmarkSpec:
    """Size and make-up of a rendered benchmark; equal specs render equal pixels.

    Args:
        clips_per_class: clips of each of the seven classes.
        ambiguous_share: share p of the clips of a paired class that show the pair's ambiguous
            face; the scene decides there and says nothing in the others.
        folds: test folds; each holds the same number of clips of each kind.
        size: side of the square frames in pixels.
        frames: least and greatest number of frames of a clip, both included.
        fps: frames per second.
        seed: draws everything.

    Raises:
        ValueError: a value is out of range, or the counts do not divide evenly over the folds.
    """
    clips_per_class: int = 150
    ambiguous_share: float = 0.8
    folds: int = 5
    size: int = 192
    frames: tuple[int, int] = (12, 20)
    fps: int = 12
    seed: int = 0

    def __post_init__(self):
        object.__setattr__(self, 'frames', tuple(self.frames))
        if self.folds < 2:
            raise ValueError(f'BenchmarkSpec: folds is {self.folds}, must be 2 or more')
        if self.size < 96:
            raise ValueError(f'BenchmarkSpec: size is {self.size}, must be 96 pixels or more')
        if not 1 <= self.frames[0] <= self.frames[1]:
            raise ValueError(f'BenchmarkSpec: frames is {self.frames}, must be (least, greatest) '
                             'with 1 <= least <= greatest')
        if self.fps < 1 or self.seed < 0:
            raise ValueError('BenchmarkSpec: fps must be positive and seed not negative')
        if not 0 <= self.ambiguous_share <= 1:
            raise ValueError(
                f'BenchmarkSpec: ambiguous_share is {self.ambiguous_share}, must be in 0..1')
        ambiguous = self.clips_per_fold * self.ambiguous_share
        if (self.clips_per_class < 1 or self.clips_per_class % self.folds
                or self.clips_per_fold % 2 or abs(ambiguous - round(ambiguous)) > 1e-6
                or self.clear_per_fold % 2):
            raise ValueError(
                f'BenchmarkSpec: clips_per_class={self.clips_per_class} with ambiguous_share='
                f'{self.ambiguous_share} and folds={self.folds} does not divide: the ambiguous and '
                'the clear clips of a class in a fold must be whole, even numbers '
                '(50, 100 and 150 clips do with 0.8 and 5 folds)')

    @property
    def clips_per_fold(self) -> int:
        """Clips of one class in one test fold."""
        return self.clips_per_class // self.folds

    @property
    def ambiguous_per_fold(self) -> int:
        """Those of one paired class that show the ambiguous face."""
        return round(self.clips_per_fold * self.ambiguous_share)

    @property
    def clear_per_fold(self) -> int:
        """Those of one paired class that show the class's own face."""
        return self.clips_per_fold - self.ambiguous_per_fold
