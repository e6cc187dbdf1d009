"""What the official files of a dataset say, before any clip is opened."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Callable

VIDEO_SUFFIXES = ('.mp4', '.avi', '.mkv', '.mov', '.webm', '.m4v', '.mpg', '.mpeg', '.wmv', '.flv')


@dataclass(frozen=True)
class Clip:
    """One line of a split.

    Args:
        clip_id (str): Unique in the dataset.
        path (str): Video file or folder of frames, relative to the dataset's root, with ``/``.
        label (int): Index into the split's classes.
        faces (str, optional): Folder of face crops in pairs with the frames, likewise.
    """

    clip_id: str
    path: str
    label: int
    faces: str | None = None


@dataclass
class Split:
    """The clips of one split of one fold.

    Args:
        name (str): Stem of the annotation file, such as ``fold1_train``.
        metainfo (dict): ``dataset``, ``classes``, ``split`` and, where there are folds, ``fold``.
        clips (list[Clip]): In the order of the official file.
        published (Sequence[int] | int | None): Clips a class, or in all, that the dataset's
            authors count. None where they count none.
    """

    name: str
    metainfo: dict
    clips: list[Clip]
    published: Sequence[int] | int | None = None


def make_split(dataset: str, classes: Sequence[str], split: str, fold: int | None,
               clips: list[Clip], published: Sequence[int] | int | None, source: Path) -> Split:
    """A split, after checking that no clip is in it twice.

    Raises:
        ValueError: If a clip is listed twice, or no clip is.
    """
    if not clips:
        raise ValueError(f'{source}: no clip is listed here')
    seen = set()
    for clip in clips:
        if clip.clip_id in seen:
            raise ValueError(f'{source}: clip {clip.clip_id} is listed twice')
        seen.add(clip.clip_id)
    metainfo = dict(dataset=dataset, classes=list(classes), split=split)
    name = split
    if fold is not None:
        metainfo['fold'] = fold
        name = f'fold{fold}_{split}'
    return Split(name, metainfo, clips, published)


def read_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Lines of a text file that are not empty, each with ``file:number`` for messages.

    UTF-8 with or without a byte order mark, or GBK; any line ends.
    """
    data = path.read_bytes()
    try:
        text = data.decode('utf-8-sig')
    except UnicodeDecodeError:
        # Errors can only lie in captions, which are not read.
        text = data.decode('gb18030', errors='replace')
    for number, line in enumerate(re.split('\r\n|\n|\r', text), start=1):
        if line.strip():
            yield f'{path}:{number}', line.strip()


def split_cells(line: str, columns: int) -> list[str]:
    """Cells between tabs, else commas, else white space, of which the first may hold some."""
    for delimiter in '\t,':
        if delimiter in line:
            return [cell.strip() for cell in line.split(delimiter)]
    return line.rsplit(None, columns - 1)


def path_parts(path: str) -> list[str]:
    """Components of a path that may come from another system."""
    return [part for part in re.split(r'[\\/]', path) if part]


def find_layout(root: Path, layouts: Sequence[str], split: str, fold: int | None) -> str:
    """The first of several file name patterns of which the dataset has a file.

    Raises:
        FileNotFoundError: If it has none; the message names the official one.
    """
    for layout in layouts:
        if (root / layout.format(split=split, fold=fold)).is_file():
            return layout
    expected = root / layouts[0].format(split=split, fold=fold)
    raise FileNotFoundError(f'{expected}: the label file is missing, and no other known layout is '
                            'there either; give the folder that holds the dataset as it was '
                            'handed out, or fewer folds by --folds')


def find_source(root: Path, source: str | None, scenes: Sequence[str],
                others: Sequence[str]) -> str:
    """Where the clips are.

    Args:
        root (Path): The dataset.
        source (str, optional): The user's choice, relative to the root.
        scenes (Sequence[str]): Folders (patterns) known to hold full frames; the first wins.
        others (Sequence[str]): Folders that hold face crops, or what cannot be told. They are
            taken only if the user names them.

    Returns:
        str: Folder relative to the root.

    Raises:
        FileNotFoundError: If no such folder is there.
        ValueError: If only folders of the other kind are.
    """
    if source is not None:
        if not (root / source).is_dir():
            raise FileNotFoundError(f'{root / source}: the folder given by --source is missing')
        return Path(source).as_posix()

    def present(patterns: Sequence[str]) -> list[str]:
        return [path.relative_to(root).as_posix() for pattern in patterns
                for path in sorted(root.glob(pattern)) if path.is_dir()]

    found = present(scenes)
    if found:
        return found[0]
    crops = present(others)
    if crops:
        raise ValueError(f'{root / scenes[0]}: the folder of full frames is missing; there is '
                         f'{" and ".join(crops)}, which may hold faces alone: if that is what you '
                         f'want, say so by --source {crops[0]}')
    raise FileNotFoundError(f'{root / scenes[0]}: the folder of clips is missing; '
                            'if it has another name, give it by --source')


def find_faces(root: Path, faces: str | None, pairs: Mapping[str, str], source: str) -> str | None:
    """Where the face crops are that come in pairs with full frames.

    Args:
        root (Path): The dataset.
        faces (str, optional): The user's choice, relative to the root; ``'none'`` for none.
        pairs (Mapping[str, str]): Folders of frames -> folders of faces known to go with them.
        source (str): Folder of the full frames, from :func:`find_source`.

    Returns:
        str | None: Folder relative to the root, if there is one.

    Raises:
        FileNotFoundError: If the user's choice is not there.
    """
    if faces == 'none':
        return None
    if faces is not None:
        if not (root / faces).is_dir():
            raise FileNotFoundError(f'{root / faces}: the folder given by --faces is missing')
        return Path(faces).as_posix()
    known = next((folder for pattern, folder in pairs.items() if fnmatch(source, pattern)), None)
    return known if known and (root / known).is_dir() else None


def index_clips(folder: Path, key: Callable[[str], str] = str) -> dict[str, str]:
    """Names in a folder by the clip that they are of.

    Args:
        folder (Path): Holds video files or folders of frames.
        key (Callable[[str], str]): Name without suffix -> clip.

    Raises:
        ValueError: If two names are of the same clip.
    """
    names: dict[str, str] = {}
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith('.'):
            continue
        stem, suffix = os.path.splitext(entry.name)
        if entry.is_dir():
            stem = entry.name
        elif suffix.lower() not in VIDEO_SUFFIXES:
            continue
        clip = key(stem)
        if clip in names:
            raise ValueError(f'{folder}: {names[clip]} and {entry.name} are both there and name '
                             'the same clip; move one of them away')
        names[clip] = entry.name
    return names


def check_consistency(splits: Sequence[Split]) -> None:
    """Compare the splits with each other.

    Raises:
        ValueError: If a clip has two labels, or is in train and test of one fold.
    """
    labels: dict[str, tuple[int, str]] = {}
    places: dict[tuple, str] = {}
    for split in splits:
        for clip in split.clips:
            label, name = labels.setdefault(clip.clip_id, (clip.label, split.name))
            if label != clip.label:
                raise ValueError(f'clip {clip.clip_id} is {split.metainfo["classes"][label]} in '
                                 f'{name} and {split.metainfo["classes"][clip.label]} in '
                                 f'{split.name}; restore the official label files')
            name = places.setdefault((clip.clip_id, split.metainfo.get('fold')), split.name)
            if name != split.name:
                raise ValueError(f'clip {clip.clip_id} is in {name} and in {split.name}; restore '
                                 'the official label files')
