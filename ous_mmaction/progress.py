"""Progress bars that suit a terminal and a log file alike."""
import sys

from tqdm import tqdm


def progress_bar(*args, **kwargs) -> tqdm:
    """A ``tqdm`` bar on stderr that refreshes every ten seconds where stderr is not a terminal.

    Args:
        *args: Passed to ``tqdm``.
        **kwargs: Passed to ``tqdm``.
    """
    kwargs.setdefault('mininterval', 0.1 if sys.stderr.isatty() else 10.)
    kwargs.setdefault('dynamic_ncols', True)
    return tqdm(*args, **kwargs)
