"""Progress bars that suit a terminal and a log file alike."""
import sys
from typing import IO, Any
from weakref import WeakSet

from tqdm import tqdm

_BARS: WeakSet = WeakSet()


def progress_bar(*args: Any, **kwargs: Any) -> tqdm:
    """A ``tqdm`` bar on stderr that refreshes every ten seconds where stderr is not a terminal.

    Args:
        *args: Passed to ``tqdm``.
        **kwargs: Passed to ``tqdm``.
    """
    kwargs.setdefault('mininterval', 0.1 if sys.stderr.isatty() else 10.)
    kwargs.setdefault('dynamic_ncols', True)
    bar = tqdm(*args, **kwargs)
    _BARS.add(bar)
    return bar


def print_above(text: str, file: IO) -> None:
    """Print lines above the bars that are open."""
    tqdm.write(text, file=file)
    file.flush()


def close_progress_bars() -> None:
    """Close the bars that an error left open, which would be drawn again behind its message."""
    for bar in list(_BARS):
        bar.close()
