"""Measuring two or more calls side by side, and the rows of the resulting table."""
from __future__ import annotations

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
        ratio (str): Ratio of the two, and its range over the rounds.
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


def milliseconds(seconds: float) -> str:
    """Return a time in milliseconds with its unit."""
    return f'{seconds * 1e3:.1f} ms'


def ratio_text(ratio: float) -> str:
    """Return a ratio, a small one as a fraction.

    Examples:
        >>> ratio_text(0.5), ratio_text(0.03125)
        ('0.50', '1/32')
    """
    return f'{ratio:.2f}' if ratio >= 0.1 else f'1/{1 / ratio:.0f}'


def compare_rounds(quantity: str, ours: Sequence[float], baseline: Sequence[float],
                   show: Callable[[float], str] = milliseconds, limit: float | None = None,
                   show_ratio: Callable[[float], str] = ratio_text) -> Comparison:
    """Compare measurements of the same rounds.

    The row shows the round whose ratio is the median, so that its two measurements have the ratio
    that stands beside them.

    Args:
        quantity (str): What is measured: ours, then the baseline.
        ours (Sequence[float]): Measurements of this package, one per round.
        baseline (Sequence[float]): Measurements of what it is compared with.
        show (Callable[[float], str]): Text of a measurement. Defaults to milliseconds.
        limit (float, optional): Maximum ratio of ours to the baseline. None means no target.
        show_ratio (Callable[[float], str]): Text of a ratio. Defaults to :func:`ratio_text`.

    Returns:
        Comparison: The row.

    Examples:
        >>> compare_rounds('a step', [1., 4., 9.], [1., 2., 3.], limit=1.).cells()
        ['a step', '4000.0 ms', '2000.0 ms', '2.00 (1.00–3.00)', '≤ 1.00', '**no**']
    """
    ratios = [a / b for a, b in zip(ours, baseline)]
    middle = sorted(range(len(ratios)), key=ratios.__getitem__)[(len(ratios) - 1) // 2]
    least, greatest = show_ratio(min(ratios)), show_ratio(max(ratios))
    return Comparison(quantity, show(ours[middle]), show(baseline[middle]),
                      f'{show_ratio(ratios[middle])} ({least}–{greatest})',
                      '' if limit is None else f'≤ {show_ratio(limit)}',
                      None if limit is None else ratios[middle] <= limit)


def compare(quantity: str, ours: Callable[[], object], baseline: Callable[[], object],
            repeats: int, limit: float | None = None) -> Comparison:
    """Compare the times of two calls in milliseconds.

    Args:
        quantity (str): What is measured: ours, then the baseline.
        ours (Callable[[], object]): Call of this package.
        baseline (Callable[[], object]): Call that it is compared with.
        repeats (int): Number of rounds.
        limit (float, optional): Maximum ratio of ours to the baseline. None means no target.

    Returns:
        Comparison: The row, see :func:`compare_rounds`.
    """
    return compare_rounds(quantity, *measure_side_by_side([ours, baseline], repeats), limit=limit)
