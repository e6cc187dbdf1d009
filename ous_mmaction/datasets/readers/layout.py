"""Files and folders of a dataset as it is distributed: what is where, and how it is written."""
from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Callable

VIDEO_SUFFIXES = ('.mp4', '.avi', '.mkv', '.mov', '.webm', '.m4v', '.mpg', '.mpeg', '.wmv', '.flv')


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
        line (str): Line of a label file.
        columns (int): Number of columns of a line that is split at white space. Its first cell may
            contain white space.

    Returns:
        list[str]: Cells.

    Examples:
        >>> split_cells('00025.mp4,anger', 2), split_cells('Daily Life/Angry/0001 Angry', 2)
        (['00025.mp4', 'anger'], ['Daily Life/Angry/0001', 'Angry'])
    """
    for delimiter in '\t,':
        if delimiter in line:
            return [cell.strip() for cell in line.split(delimiter)]
    return line.rsplit(None, columns - 1)


def path_parts(path: str) -> list[str]:
    r"""Return the components of a path that may come from another operating system.

    Examples:
        >>> path_parts('D:\\DFEW/Clip/1.mp4')
        ['D:', 'DFEW', 'Clip', '1.mp4']
    """
    return [part for part in re.split(r'[\\/]', path) if part]


def find_layout(root: Path, layouts: Sequence[str], split: str, fold: int | None) -> str:
    """Return the first file name pattern for which the dataset has a file.

    Args:
        root (Path): Root of the dataset.
        layouts (Sequence[str]): Patterns with ``{split}`` and ``{fold}``, relative to the root. The
            first is the official one.
        split (str): Split to look for.
        fold (int | None): Fold to look for.

    Returns:
        str: The pattern.

    Raises:
        FileNotFoundError: If the dataset has no such file; the message names the official one.
    """
    for layout in layouts:
        if (root / layout.format(split=split, fold=fold)).is_file():
            return layout
    official = root / layouts[0].format(split=split, fold=fold)
    raise FileNotFoundError(f'{official}: the label file is missing, and no file of another known '
                            'layout exists. Give the folder that holds the dataset as it was '
                            'distributed, or fewer folds with --folds')


def find_source(root: Path, source: str | None, scenes: Sequence[str],
                crops: Sequence[str]) -> str:
    """Find the folder of the clips.

    Args:
        root (Path): Root of the dataset.
        source (str | None): Choice of the user, relative to the root.
        scenes (Sequence[str]): Patterns of folders that are known to hold full frames. The first
            one that exists is taken.
        crops (Sequence[str]): Patterns of folders that hold face crops, or whose content is
            unknown. They are taken only if the user names them.

    Returns:
        str: Folder relative to the root.

    Raises:
        FileNotFoundError: If no such folder exists.
        ValueError: If only folders that may hold face crops exist.
    """
    if source is not None:
        if not (root / source).is_dir():
            raise FileNotFoundError(f'{root / source}: the folder given by --source is missing')
        return Path(source).as_posix()

    def existing(patterns: Sequence[str]) -> list[str]:
        return [path.relative_to(root).as_posix() for pattern in patterns
                for path in sorted(root.glob(pattern)) if path.is_dir()]

    existing_scenes = existing(scenes)
    if existing_scenes:
        return existing_scenes[0]
    existing_crops = existing(crops)
    if existing_crops:
        raise ValueError(f'{root / scenes[0]}: the folder of full frames is missing. There is '
                         f'{" and ".join(existing_crops)}, which may hold faces alone. If that is '
                         f'what you want, add --source {existing_crops[0]}')
    raise FileNotFoundError(f'{root / scenes[0]}: the folder of clips is missing. '
                            'If it has another name, give that with --source')


def find_faces(root: Path, faces: str | None, pairs: Mapping[str, str], source: str) -> str | None:
    """Find the folder of the face crops that come in pairs with full frames.

    Args:
        root (Path): Root of the dataset.
        faces (str | None): Choice of the user, relative to the root; ``'none'`` for no crops.
        pairs (Mapping[str, str]): Pattern of a folder of frames -> folder of the faces that are
            known to belong to it.
        source (str): Folder of the full frames, from :func:`find_source`.

    Returns:
        str | None: Folder relative to the root; None if there is none.

    Raises:
        FileNotFoundError: If the folder that the user chose does not exist.
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
    """Index the names in a folder by their clips.

    Args:
        folder (Path): Folder of video files or of folders of frames.
        key (Callable[[str], str]): Maps a name without its suffix to the clip.

    Returns:
        dict[str, str]: Clip -> name of its file or folder.

    Raises:
        ValueError: If two names belong to the same clip.
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
            raise ValueError(f'{folder}: {names[clip]} and {entry.name} both exist and name the '
                             'same clip. Move one of them away')
        names[clip] = entry.name
    return names
