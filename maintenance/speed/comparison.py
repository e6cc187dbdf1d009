"""Measuring two or more calls side by side, and the rows of the resulting table."""
from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

HEADER = ('measured', 'ours', 'baseline', 'ratio', 'target', 'met')


class Comparison(NamedTuple):
    """A row of the table.

    Attributes:
        quantity (str): What is measured: ours, then the baseline.
        ours (str): Measurement of this package, with its unit.
        baseline (str): Measurement of what it is compared with, with its unit.
        ratio (str): Ratio of the two.
        target (str): Target of the ratio. Empty without a target.
        met (bool | None): Whether the target is met. None without a target.
    """

    quantity: str
    ours: str
    baseline: str
    ratio: str
    target: str = ''
    met: bool | None = None

    def cells(self) -> list[str]:
        """Return the texts of the row, in the order of ``HEADER``.

        Examples:
            >>> Comparison('a step', '2.0 ms', '4.0 ms', '0.50', '≤ 1', True).cells()
            ['a step', '2.0 ms', '4.0 ms', '0.50', '≤ 1', 'yes']
        """
        return [*self[:-1], {None: '', True: 'yes', False: '**no**'}[self.met]]


def measure_seconds(call: Callable[[], object]) -> float:
    """Measure the wall-clock time of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure_side_by_side(calls: Sequence[Callable[[], object]], repeats: int) -> list[list[float]]:
    """Measure calls in turns, after one warm-up of each.

    The calls take turns, so that other work on the machine slows all of them alike.

    Args:
        calls (Sequence[Callable[[], object]]): The calls.
        repeats (int): Number of rounds.

    Returns:
        list[list[float]]: Seconds per round, for each call.
    """
    for call in calls:
        call()
    rounds = [[measure_seconds(call) for call in calls] for _ in range(repeats)]
    return [list(column) for column in zip(*rounds)]


def median_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return the median of the ratios round by round.

    Examples:
        >>> median_ratio([1., 4., 9.], [1., 2., 3.])
        2.0
    """
    return statistics.median(a / b for a, b in zip(numerators, denominators))


def compare(quantity: str, ours: Callable[[], object], baseline: Callable[[], object],
            repeats: int, target: str = '', limit: float | None = None) -> Comparison:
    """Compare the times of two calls in milliseconds.

    Args:
        quantity (str): What is measured: ours, then the baseline.
        ours (Callable[[], object]): Call of this package.
        baseline (Callable[[], object]): Call that it is compared with.
        repeats (int): Number of rounds.
        target (str): The limit in words. Defaults to ``''``.
        limit (float, optional): Maximum ratio of ours to the baseline. None means no target.

    Returns:
        Comparison: Medians of both times and of their ratio.
    """
    times = measure_side_by_side([ours, baseline], repeats)
    ratio = median_ratio(*times)
    cells = [f'{statistics.median(column) * 1e3:.1f} ms' for column in times]
    return Comparison(quantity, *cells, f'{ratio:.2f}', target,
                      None if limit is None else ratio <= limit)
