from __future__ import annotations

import warnings
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure; the same figure gives the same bytes.

    Args:
        figure: To be written.
        path: Its suffix chooses the format (.png, .pdf).
    """
    # TrueType: conferences refuse PDFs with matplotlib's default, Type 3.
    with matplotlib.rc_context({'pdf.fonttype': 42}), warnings.catch_warnings():
        # A picture can do without the characters of a name that the font lacks.
        warnings.filterwarnings('ignore', 'Glyph .* missing from')
        dated = dict(CreationDate=None) if Path(path).suffix == '.pdf' else None
        figure.savefig(path, dpi=150, metadata=dated)
