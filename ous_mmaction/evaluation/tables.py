"""Tables that paste into a README or a paper."""
from __future__ import annotations

import math
import re
from typing import NamedTuple, Sequence

import numpy as np


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
    lines = [list(table.header), ['---'] + ['---:'] * (len(table.header) - 1), *table.rows]
    body = '\n'.join('| ' + ' | '.join(cell.replace('|', r'\|') for cell in line) + ' |'
                     for line in lines)
    return f'{table.title}\n\n{body}\n'


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
