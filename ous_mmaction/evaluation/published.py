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
        dataset: ``DFEW``, ``FERV39k`` or ``MAFW``.
        method: Its name in the OUS paper.
        UAR: In percent.
        WAR: In percent.
        source: Where the numbers are printed.
        recalls: Class -> recall in percent, where they are printed.
        note: What a reader should know of the row.
    """

    dataset: str
    method: str
    UAR: float
    WAR: float
    source: str
    recalls: dict | None = None
    note: str | None = None


@cache
def published_results() -> tuple[PublishedResult, ...]:
    """All rows, in the order of the tables that they come from."""
    return tuple(PublishedResult(**row) for row in json.loads(FILE.read_text(encoding='utf-8')))
