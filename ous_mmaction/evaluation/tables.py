"""Tables that paste into a README or a paper."""
from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..atomic_files import write_atomically


class Table(NamedTuple):
    """A table of texts.

    Attributes:
        title: What it shows, under what protocol.
        header: C names of columns; the first column holds names of rows.
        rows: Each C texts.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def markdown(table: Table) -> str:
    """GitHub's Markdown, the title in a line above."""
    rules = ['---'] + ['---:'] * (len(table.header) - 1)
    return f'{table.title}\n\n{grid(table.header, rules, table.rows)}\n'


def grid(header: Sequence[str], rules: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lines of a Markdown table; ``rules`` align its columns."""
    return '\n'.join('| ' + ' | '.join(str(cell).replace('|', r'\|') for cell in line) + ' |'
                     for line in (header, rules, *rows))


def write_tables(tables: Sequence[Table], out: Path, content: object) -> str:
    """Write ``out`` with the suffixes ``.md``, ``.tex`` and, of ``content``, ``.json``.

    Returns:
        The Markdown.
    """
    text = '\n'.join(map(markdown, tables))
    write_atomically(out.with_suffix('.md'), [text])
    write_atomically(out.with_suffix('.tex'), ['\n'.join(map(latex, tables))])
    write_atomically(out.with_suffix('.json'), [json.dumps(content, indent=1)])
    return text


def latex(table: Table) -> str:
    """A ``table`` with ``booktabs`` rules."""
    columns = 'l' + 'r' * (len(table.header) - 1)
    lines = [r'\begin{table}', r'  \centering', rf'  \caption{{{_escape(table.title)}}}',
             rf'  \begin{{tabular}}{{{columns}}}', r'    \toprule',
             *(f'    {" & ".join(map(_escape, row))} \\\\' for row in [table.header]),
             r'    \midrule',
             *(f'    {" & ".join(map(_escape, row))} \\\\' for row in table.rows),
             r'    \bottomrule', r'  \end{tabular}', r'\end{table}']
    return '\n'.join(lines) + '\n'


def _escape(text: str) -> str:
    text = re.sub(r'([&%$#_{}])', r'\\\1', text)
    return text.replace('±', r'$\pm$').replace('^', r'\^{}').replace('~', r'\~{}')


def percent(values: Sequence[float]) -> str:
    """Fractions of 1 in percent: their mean, and behind ± their sample standard deviation."""
    values = 100 * np.asarray(values, np.float64)
    if len(values) == 1:
        return f'{values[0]:.2f}'
    return f'{values.mean():.2f} ± {values.std(ddof=1):.2f}'


def plain_percent(value: float) -> str:
    """A published figure, in percent already; a dash where there is none."""
    return '–' if value is None or math.isnan(value) else f'{value:.2f}'
