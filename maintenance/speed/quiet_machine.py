"""Whether other processes use the machine while it is to be measured."""
from __future__ import annotations

import os
import time
from pathlib import Path

BUSY = 0.1  # share of the processors from which on the ratios scatter


def share_of_others(seconds: float = 2.) -> float:
    """Measure the share of the processors that is in use while this process sleeps.

    Args:
        seconds (float): How long to look. Defaults to 2.

    Returns:
        float: Share from 0 to 1. Without ``/proc/stat``, the load of the last minute per processor.
    """
    if not Path('/proc/stat').exists():
        return min(1., os.getloadavg()[0] / (os.cpu_count() or 1))
    before = _processor_ticks()
    time.sleep(seconds)
    busy, idle = (after - earlier for after, earlier in zip(_processor_ticks(), before))
    return busy / max(1, busy + idle)


def _processor_ticks() -> tuple[int, int]:
    """Return the busy and the idle time of all processors since the start of the machine."""
    ticks = [int(text) for text in Path('/proc/stat').read_text().split('\n', 1)[0].split()[1:9]]
    idle = ticks[3] + ticks[4]  # idle, and waiting for disks
    return sum(ticks) - idle, idle


def require_quiet_machine(wait: bool, anyway: bool, seconds: float = 2.) -> float:
    """Check that other processes leave the machine alone.

    Args:
        wait (bool): Whether to wait until they do.
        anyway (bool): Whether to go on although they do not.
        seconds (float): How long to look at a time. Defaults to 2.

    Returns:
        float: Share of the processors that other processes use.

    Raises:
        ValueError: If they use more than ``BUSY``, and neither ``wait`` nor ``anyway`` is set.
    """
    share = share_of_others(seconds)
    if share > BUSY and not (wait or anyway):
        raise ValueError(f'The machine is busy: other processes use {share:.0%} of its processors, '
                         f'and measurements need one on which they use at most {BUSY:.0%}. Stop '
                         'them, let --wait wait for their end, or measure with --loaded-anyway')
    while share > BUSY and not anyway:
        share = share_of_others(seconds)
    return share
