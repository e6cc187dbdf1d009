from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar('Item')


class Throughput:
    """How many images a loop encodes per second, and how long it waits for its data.

    Args:
        clock (Callable): Gives the time in seconds.

    Examples:
        >>> ticks = iter([0., 0., 3., 6., 7., 8.])
        >>> throughput = Throughput(lambda: next(ticks))
        >>> for _ in throughput.waiting_for(['batch']):
        ...     throughput.add_images(100)
        >>> str(throughput)
        '12 img/s, 50 % of the time waiting for data'
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._begin = clock()
        self._waited = 0.
        self._images = 0

    def waiting_for(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items, and count the time that each of them takes to come."""
        iterator = iter(items)
        while True:
            asked = self._clock()
            try:
                item = next(iterator)
            except StopIteration:
                return
            finally:
                self._waited += self._clock() - asked
            yield item

    def add_images(self, count: int) -> None:
        """Count images that were encoded."""
        self._images += count

    def __str__(self) -> str:
        passed = max(self._clock() - self._begin, 1e-9)
        return (f'{self._images / passed:.0f} img/s, {100 * self._waited / passed:.0f} % of the '
                'time waiting for data')
