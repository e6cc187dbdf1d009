"""Clips of one's own that a table lists."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .class_folders import SPLITS
from .layout import check_root
from .lists import read_rows
from .split import Clip, Split, make_split
from .subject_folds import split_by_subject

COLUMNS = ('path', 'label', 'subject', 'split')


def read_list(root: str | Path, list: str | Path | None = None,
              classes: Sequence[str] | None = None,
              subject_folds: int | None = None) -> list[Split]:
    """Read a table with the columns ``path,label[,subject[,split]]``, with or without a header.

    Args:
        root (str | Path): Folder that the paths start from.
        list (str | Path, optional): The table, a CSV file. It has to be given.
        classes (Sequence[str], optional): Labels in the order of the model. Defaults to all that
            the table has, sorted by name.
        subject_folds (int, optional): Number of folds to make by subject, for a table without
            splits.

    Returns:
        list[Split]: The splits of the table; train and test split of each fold; or else the one
        split ``all``.

    Raises:
        FileNotFoundError: If the root or the table is missing.
        ValueError: If no table is given, a row has other columns or a label that ``classes`` lacks,
            or only a part of the rows has a split.
    """
    root = Path(root)
    check_root(root)
    if list is None:
        raise ValueError(f'{root}: expected a table that lists the clips. Give it with --list')
    table = Path(list)
    if not table.is_file():
        raise FileNotFoundError(f'{table}: the table given by --list was not found. Check the path')
    rows = _read_table(table)
    names = sorted({row['label'] for row in rows})
    classes = names if classes is None else classes
    unknown = sorted(set(names) - set(classes))
    if unknown:
        raise ValueError(f'{table}: the label {unknown[0]} is none of the classes '
                         f'{", ".join(classes)}. Name all of them with --classes')
    clips_by_split: dict[str, list[Clip]] = {}
    for row in rows:
        clip = Clip(row['path'], row['path'], [*classes].index(row['label']),
                    subject=row['subject'] or None)
        clips_by_split.setdefault(row['split'] or 'all', []).append(clip)
    if 'all' in clips_by_split and len(clips_by_split) > 1:
        first, *others = clips_by_split['all']
        raise ValueError(f'{table}: {1 + len(others)} of {len(rows)} rows have no split, the first '
                         f'of which is {first.path}. Give every row a split or none')
    dataset = table.stem
    if subject_folds is not None:
        if 'all' not in clips_by_split:
            raise ValueError(f'{table}: the table has splits of its own. Leave out --subject-folds')
        return split_by_subject(dataset, classes, clips_by_split['all'], subject_folds, table)
    return [make_split(dataset, classes, split, None, clips, None, table)
            for split, clips in sorted(clips_by_split.items())]


def _read_table(table: Path) -> list[dict[str, str]]:
    """Return the rows of a table by column; what a row lacks is ''."""
    rows = []
    for place, line, cells in read_rows(table, columns=2, header=COLUMNS):
        row = dict(zip(COLUMNS, [*cells, '', '', '']))
        split = row['split'].lower()
        if not 2 <= len(cells) <= 4 or not row['path'] or not row['label']:
            raise ValueError(f'{place}: {line!r} is not `path,label[,subject[,split]]`')
        if row['label'].isdigit():
            raise ValueError(f'{place}: the label {row["label"]} is a number. Name the emotion')
        if split and split not in SPLITS:
            raise ValueError(f'{place}: the split {row["split"]} is none of {", ".join(SPLITS)}')
        rows.append({**row, 'path': Path(row['path']).as_posix(), 'split': SPLITS.get(split, '')})
    return rows
