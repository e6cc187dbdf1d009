"""Results that other papers print, in percent, each with its source."""
from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name('published.json')


class PublishedResult(NamedTuple):
    """One row of a published table.

    Attributes:
        dataset (str): ``'DFEW'``, ``'FERV39k'`` or ``'MAFW'``.
        method (str): Name of the method in the OUS paper.
        UAR (float): UAR in percent.
        WAR (float): WAR in percent.
        source (str): Where the numbers are printed.
        recalls (dict[str, float] | None): Class -> recall in percent; None if they are not printed.
        note (str | None): What a reader should know about the row.
    """

    dataset: str
    method: str
    UAR: float
    WAR: float
    source: str
    recalls: dict[str, float] | None = None
    note: str | None = None


@cache
def published_results() -> tuple[PublishedResult, ...]:
    """Return all rows, in the order of the tables that they come from."""
    return tuple(PublishedResult(**row) for row in json.loads(FILE.read_text(encoding='utf-8')))
