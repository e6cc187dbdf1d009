"""DFEW's official files.

Jiang et al., DFEW: A Large-Scale Database for Recognizing Dynamic Facial Expressions in the Wild,
ACM MM 2020. The label files that public code bases derived from them are read as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .layout import find_label_files, find_source, index_clips
from .lists import path_parts, read_rows
from .split import Clip, Split, make_split

CLASSES = ('Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear')
FOLDS = (1, 2, 3, 4, 5)

LABEL_FILES = (
    'EmoLabel_DataSplit/{split}(single-labeled)/set_{fold}.csv',  # official
    'label/single_{split}set_{fold}.csv',
    'EmoLabel/{split}_{fold}.csv',
    'annotation/DFEW_set_{fold}_{split}.txt',
    'DFEW_set_{fold}_{split}.txt',
)
SCENES = ('Clip/original', )
# Folders of face crops, or of unknown content.
CROPS = ('Clip/clip_224x224', 'Clip/clip_224x224_16f', 'data', 'Image')

# Number of clips in the official label files. The test folds together hold 11,697 clips.
PUBLISHED_TOTAL = (2445, 1894, 2669, 2173, 1469, 145, 902)
PUBLISHED = {
    'fold1_train': (1956, 1515, 2135, 1738, 1175, 116, 721),
    'fold1_test': (489, 379, 534, 435, 294, 29, 181),
    'fold2_train': 9356, 'fold2_test': 2341,
    'fold3_train': 9357, 'fold3_test': 2340,
    'fold4_train': 9358, 'fold4_test': 2339,
    'fold5_train': 9361, 'fold5_test': 2336,
}


def read_dfew(root: str | Path, folds: Sequence[int] = FOLDS,
              source: str | None = None) -> list[Split]:
    """Read the folds of the single-labeled set.

    The names of the clips may or may not be padded with zeros. The ids are padded to five digits.
    The clips may be in folders within their folder, as in ``Clip/original/part_1``.

    Args:
        root (str | Path): Root of the dataset.
        folds (Sequence[int]): Folds to read.
        source (str, optional): Folder of the clips, relative to the root. Defaults to
            ``Clip/original``.

    Returns:
        list[Split]: Train and test split of each fold.

    Raises:
        FileNotFoundError: If a label file or the folder of clips is missing.
        ValueError: If the label files are ambiguous.
    """
    root = Path(root)
    files = find_label_files(root, LABEL_FILES, folds)
    source = find_source(root, source, SCENES, CROPS)
    rows = {key: read_labels(path) for key, path in files.items()}
    base = label_base({files[key]: listed for key, listed in rows.items()})
    numbers = {number: number for listed in rows.values() for number, _ in listed}
    paths = index_clips(root, source, numbers, lambda path: _number(path.rpartition('/')[2]))
    # The rendered benchmark has DFEW's layout, but its numbers must not pass for those of DFEW.
    rendered = (root / 'benchmark.json').exists()
    splits = []
    for (fold, split), listed in rows.items():
        clips = [Clip(number.zfill(5), paths[number], label - base) for number, label in listed]
        published = None if rendered else PUBLISHED[f'fold{fold}_{split}']
        splits.append(make_split('Rendered' if rendered else 'DFEW', CLASSES, split, fold, clips,
                                 published, files[fold, split]))
    return splits


def read_labels(path: Path) -> list[tuple[str, int]]:
    """Read the clips and labels of one label file.

    Args:
        path (Path): File with the columns ``video_name,label``, with or without a header, or with
            the columns ``path frames label``.

    Returns:
        list[tuple[str, int]]: Number of each clip, without leading zeros, and its label as it
        stands in the file.

    Raises:
        ValueError: If a line has other columns.
    """
    rows = []
    for place, line, cells in read_rows(path, columns=2 if path.suffix == '.csv' else 3):
        number = _number(Path(path_parts(cells[0])[-1]).stem) if cells[0] else ''
        if len(cells) not in (2, 3) or not number.isdigit() or not cells[-1].isdigit():
            raise ValueError(f'{place}: {line!r} is not `video_name,label`')
        rows.append((number, int(cells[-1])))
    return rows


def label_base(lists: Mapping[Path, Sequence[tuple[str, int]]]) -> int:
    """Return the number of the first class: 1 officially, 0 in S2D and its descendants.

    Args:
        lists (Mapping[Path, Sequence[tuple[str, int]]]): Label file -> its clips and labels.

    Returns:
        int: 1 or 0.

    Raises:
        ValueError: If the labels do not run exactly from 1 to 7 or from 0 to 6.
    """
    labels = [label for rows in lists.values() for _, label in rows]
    ends = min(labels, default=-1), max(labels, default=-1)
    if ends in ((1, 7), (0, 6)):
        return ends[0]
    remedy = 'Restore the official files'
    if 0 in ends:
        path, clip = next((path, clip) for path, rows in lists.items()
                          for clip, label in rows if label == 0)
        remedy = (f'The first label 0 is that of clip {clip} in {path}. In DFEW, 0 marks a clip '
                  'without a single label. Take the lists of single-labeled clips, and do not mix '
                  'lists of both kinds')
    raise ValueError(f'{next(iter(lists))} and {len(lists) - 1} more: the labels run from '
                     f'{ends[0]} to {ends[1]}, so that counting from 1 (1..7) and from 0 (0..6) '
                     f'cannot be told apart. {remedy}')


def _number(name: str) -> str:
    return name.lstrip('0') or '0'
