"""Label lists of datasets: lines of text, whatever wrote them."""
from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from pathlib import Path


def read_rows(path: Path, columns: int,
              header: Collection[str] | None = None) -> Iterator[tuple[str, str, list[str]]]:
    """Read the rows of a label list.

    A header is left out, and so is the column of row numbers that pandas writes unless it is told
    not to. Cells may be quoted.

    Args:
        path (Path): Text file.
        columns (int): See :func:`split_cells`.
        header (Collection[str], optional): Names of columns. A first row that has one of them is
            a header. By default it is one if it has no digit, as every row of an official list has.

    Yields:
        tuple[str, str, list[str]]: ``file:number`` for messages, the line and its cells.
    """
    rows = [(place, line, split_cells(line, columns)) for place, line in read_lines(path)]
    if rows and (not any(character.isdigit() for character in rows[0][1]) if header is None
                 else {cell.lower() for cell in rows[0][2]} & {*header}):
        rows = rows[1:]
    numbered = _are_numbered(rows)
    if not numbered and _are_numbered(rows[1:]):  # pandas names columns without a name 0, 1, ...
        numbered, rows = True, rows[1:]
    for place, line, cells in rows:
        if numbered:
            cells = cells[1:] if len(cells) > 2 else split_cells(cells[1], columns)
        yield place, line, cells


def _are_numbered(rows: list[tuple[str, str, list[str]]]) -> bool:
    """Whether the first of more cells than needed counts the rows from 0."""
    return bool(rows) and all(cells[0] == str(number) and (len(cells) > 2 or ' ' in cells[-1])
                              for number, (_, _, cells) in enumerate(rows))


def read_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Read the lines of a text file that are not empty.

    The file may be UTF-8 with or without a byte order mark, or GBK, with any line ends.

    Args:
        path (Path): Text file.

    Yields:
        tuple[str, str]: ``file:number`` for messages, and the line without surrounding white space.
    """
    data = path.read_bytes()
    try:
        text = data.decode('utf-8-sig')
    except UnicodeDecodeError:
        # Errors can only occur in captions, which are not read.
        text = data.decode('gb18030', errors='replace')
    for number, line in enumerate(re.split('\r\n|\n|\r', text), start=1):
        if line.strip():
            yield f'{path}:{number}', line.strip()


def split_cells(line: str, columns: int) -> list[str]:
    """Split a line at its tabs, else at its commas, else at white space.

    Args:
        line (str): Line of a label file. Its cells, or all of it, may be quoted.
        columns (int): Number of columns of a line that is split at white space. Its first cell may
            contain white space.

    Returns:
        list[str]: Cells without quotation marks.

    Examples:
        >>> split_cells('"00025.mp4","anger"', 2), split_cells('Daily Life/Angry/0001 Angry', 2)
        (['00025.mp4', 'anger'], ['Daily Life/Angry/0001', 'Angry'])
    """
    if '\t' in line:
        cells = line.split('\t')
    elif ',' in line:
        cells = next(csv.reader([line], skipinitialspace=True))
    else:
        whole = re.fullmatch('"([^"]*)"', line)
        cells = (whole[1] if whole else line).rsplit(None, columns - 1)
    return [cell.strip().strip('"').strip() for cell in cells]


def path_parts(path: str) -> list[str]:
    r"""Return the components of a path that may come from another operating system.

    Examples:
        >>> path_parts('D:\\DFEW/Clip/1.mp4')
        ['D:', 'DFEW', 'Clip', '1.mp4']
    """
    return [part for part in re.split(r'[\\/]', path) if part]
