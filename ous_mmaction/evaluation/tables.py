"""Tables that can be pasted into a README or a paper.

This is the only module that writes tables in Markdown.
"""
from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import ttest_rel

from ..atomic_files import write_atomically


class Table(NamedTuple):
    """A table of texts.

    Attributes:
        title (str): What the table shows, and under which protocol.
        header (Sequence[str]): C names of columns. The first column holds the names of the rows.
        rows (Sequence[Sequence[str]]): Rows of C texts each.
        warning (str): Line above everything else, such as that the results cannot be compared with
            published ones; empty if there is none.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    warning: str = ''

    def as_dict(self) -> dict:
        """Return the table as a dict for JSON, with the warning first."""
        return dict(warning=self.warning, title=self.title, header=self.header, rows=self.rows)


def markdown(table: Table) -> str:
    """Return a table in the Markdown of GitHub, with the title in a line above it.

    Args:
        table (Table): Table to write.

    Returns:
        str: Text that ends in a newline.

    Examples:
        >>> print(markdown(Table('Demo', ['method', 'UAR'], [['OUS', '64.33']])), end='')
        Demo
        <BLANKLINE>
        | method | UAR |
        | --- | ---: |
        | OUS | 64.33 |
    """
    rules = ['---'] + ['---:'] * (len(table.header) - 1)
    warning = f'**{table.warning}**\n\n' if table.warning else ''
    return f'{warning}{table.title}\n\n{grid(table.header, rules, table.rows)}\n'


def grid(header: Sequence[str], rules: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Return the lines of a table in Markdown.

    Args:
        header (Sequence[str]): C names of columns.
        rules (Sequence[str]): C rules that align the columns, such as ``---:``.
        rows (Iterable[Sequence[object]]): Rows of C cells each.

    Returns:
        str: Lines without a final newline.

    Examples:
        >>> print(grid(['a|b', 'n'], ['---', '---:'], [['x', 1]]))
        | a\|b | n |
        | --- | ---: |
        | x | 1 |
    """
    return '\n'.join('| ' + ' | '.join(str(cell).replace('|', r'\|') for cell in line) + ' |'
                     for line in (header, rules, *rows))


def write_tables(tables: Sequence[Table], out: Path, content: object) -> str:
    """Write tables as Markdown and LaTeX, and the numbers behind them as JSON.

    Args:
        tables (Sequence[Table]): Tables to write.
        out (Path): Path without suffix; ``.md``, ``.tex`` and ``.json`` are added.
        content (object): Content of the JSON file.

    Returns:
        str: The Markdown.

    Raises:
        OSError: If a file cannot be written. The Markdown is printed then.
    """
    text = '\n'.join(map(markdown, tables))
    try:
        write_atomically(out.with_suffix('.md'), [text])
        write_atomically(out.with_suffix('.tex'), ['\n'.join(map(latex, tables))])
        write_atomically(out.with_suffix('.json'), [json.dumps(content, indent=1)])
    except OSError:
        print(text)  # the result is not lost with its file
        raise
    return text


def latex(table: Table) -> str:
    """Return a table as a LaTeX ``table`` with ``booktabs`` rules.

    Args:
        table (Table): Table to write.

    Returns:
        str: Text that ends in a newline.
    """
    columns = 'l' + 'r' * (len(table.header) - 1)
    warning = _escape(table.warning)
    lines = [*([f'% {table.warning}'] if table.warning else []),
             r'\begin{table}', r'  \centering',
             rf'  \caption{{{warning and warning + ". "}{_escape(table.title)}}}',
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
    """Return fractions of 1 in percent: their mean and, after ±, their sample standard deviation.

    Args:
        values (Sequence[float]): Fractions of 1, at least one.

    Returns:
        str: Text with two decimals; a single value has no deviation.

    Examples:
        >>> percent([0.5, 0.52, 0.57]), percent([0.123456])
        ('53.00 ± 3.61', '12.35')
    """
    values = 100 * np.asarray(values, np.float64)
    if len(values) == 1:
        return f'{values[0]:.2f}'
    return f'{values.mean():.2f} ± {values.std(ddof=1):.2f}'


def paired_percent(values: Sequence[float], reference: Sequence[float]) -> str:
    """Compare paired fractions of 1, such as the results of two methods with the same seeds.

    Args:
        values (Sequence[float]): n fractions of 1, at least two.
        reference (Sequence[float]): n fractions of 1 in the same order.

    Returns:
        str: Mean difference in percentage points, its sample standard deviation and the p value of
        the two-sided paired t-test. The p value is a dash if all differences are equal.

    Examples:
        >>> paired_percent([0.62, 0.66, 0.64], [0.60, 0.61, 0.62])
        '+3.00 ± 1.73, p = 0.095'
    """
    differences = 100 * (np.asarray(values, np.float64) - np.asarray(reference, np.float64))
    deviation = differences.std(ddof=1)
    constant = deviation <= 1e-9  # rounding alone
    p_value = '–' if constant else f'{ttest_rel(values, reference).pvalue:.3f}'
    return f'{differences.mean():+.2f} ± {deviation:.2f}, p = {p_value}'


def plain_percent(value: float | None) -> str:
    """Return a published figure, which is in percent already.

    Args:
        value (float | None): Figure in percent; None or nan if it is not published.

    Returns:
        str: Text with two decimals, or a dash.

    Examples:
        >>> plain_percent(64.3), plain_percent(None)
        ('64.30', '–')
    """
    return '–' if value is None or math.isnan(value) else f'{value:.2f}'
