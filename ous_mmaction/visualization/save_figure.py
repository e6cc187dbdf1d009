from __future__ import annotations

import warnings
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from ..atomic_files import check_writable


def check_picture(path: str | Path) -> None:
    """Check, before the work whose result it shows, that a picture can be written.

    Args:
        path (str | Path): Image file to write later.

    Raises:
        ValueError: If its suffix names no known format.
        OSError: If it cannot be created at its place.
    """
    known = sorted(Figure().canvas.get_supported_filetypes())
    suffix = Path(path).suffix.lower().lstrip('.')
    if suffix not in known:
        raise ValueError(f'{path}: Format {suffix!r} is not supported. The suffix must be one of '
                         f'{", ".join(known)}')
    check_writable(path)


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure to a file. The same figure always gives the same bytes.

    Args:
        figure (Figure): The figure.
        path (str | Path): Image file to write. Its suffix chooses the format (.png, .pdf).
    """
    # TrueType, because conferences refuse PDFs with matplotlib's default, Type 3.
    with matplotlib.rc_context({'pdf.fonttype': 42}), warnings.catch_warnings():
        # The figure can do without characters of a name that the font lacks.
        warnings.filterwarnings('ignore', 'Glyph .* missing from')
        metadata = dict(CreationDate=None) if Path(path).suffix == '.pdf' else None
        figure.savefig(path, dpi=150, metadata=metadata)
