"""Files and folders of a dataset as it is distributed, and as people unpack it."""
from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Callable

VIDEO_SUFFIXES = ('.mp4', '.avi', '.mkv', '.mov', '.webm', '.m4v', '.mpg', '.mpeg', '.wmv', '.flv')
# Folders below the root in which a layout may start, and folders of clips in folders.
DEPTH = 3
# A folder with more folders than this holds clips, and no part of a layout.
MANY = 100


def check_root(root: Path) -> None:
    """Raise a FileNotFoundError if the root of a dataset is no folder."""
    if not root.is_dir():
        raise FileNotFoundError(f'{root}: the folder of the dataset was not found. Check the path')


def find_below(root: Path, pattern: str) -> list[Path]:
    """Find files or folders whatever folders they were unpacked into.

    Names match if their letters and digits do, so that ``train(single_labeled)`` is
    ``train(single-labeled)``. A folder may stand in a folder of the same name. What fits directly
    below the root is found without looking further.

    Args:
        root (Path): Where to start.
        pattern (str): Path relative to the root or to a folder at most three levels below it. Its
            parts may hold ``*``.

    Returns:
        list[Path]: Paths in the order of their depth and name, none of them within another.
    """
    parts = [_plain(part) for part in pattern.split('/')]
    bases, found = [root], []
    for _ in range(DEPTH + 1):
        for path in (path for base in bases for path in _matches(base, parts)):
            if not set(found) & {path, *path.parents}:
                found.append(path)
        if bases == [root] and found:
            break
        bases = [folder for base in bases for folder in _subfolders(base)]
    return found


def _matches(base: Path, parts: Sequence[str]) -> Iterator[Path]:
    if not parts:
        yield base
    elif base.is_dir():
        for child in _entries(base):
            if fnmatchcase(_plain(child.name), parts[0]):
                yield from _matches(child, parts[1:])
                yield from _matches(child, parts)


def _plain(name: str) -> str:
    """Letters and digits of a name, in lower case."""
    return re.sub(r'[^\w*.]|_', '', name.lower())


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir()
                  if not path.name.startswith('.') and path.name != '__MACOSX')


def _subfolders(folder: Path) -> list[Path]:
    """Folders in a folder; none if these are clips."""
    folders = [path for path in _entries(folder) if path.is_dir()]
    return folders if len(folders) <= MANY else []


def find_label_files(root: Path, layouts: Sequence[str],
                     folds: Sequence[int | None]) -> dict[tuple[int | None, str], Path]:
    """Find the label file of each split of each fold.

    Args:
        root (Path): Root of the dataset.
        layouts (Sequence[str]): Patterns with ``{split}`` and ``{fold}``. The first is the official
            one. The first for which there is a file is taken.
        folds (Sequence[int | None]): Folds; ``[None]`` for a dataset without folds.

    Returns:
        dict[tuple[int | None, str], Path]: File by fold and split.

    Raises:
        FileNotFoundError: If the root or a file is missing.
        ValueError: If two different files fit.
    """
    check_root(root)
    first = dict(split='train', fold=folds[0])
    # A list where it is distributed comes before all that may be found elsewhere.
    layout = next((layout for layout in layouts if (root / layout.format(**first)).is_file()), None)
    layout = layout or next(
        (layout for layout in layouts if find_below(root, layout.format(**first))), None)
    if layout is None:
        official = root / layouts[0].format(**first)
        raise FileNotFoundError(
            f'{official}: the label file is missing, and no file of another known layout exists '
            f'below {root}, which holds {_content(root)}. Give the folder that holds the dataset '
            'as it was distributed' + ', or fewer folds with --folds' * (folds[0] is not None))
    return {(fold, split): _label_file(root, layout.format(split=split, fold=fold), fold)
            for fold in folds for split in ('train', 'test')}


def _label_file(root: Path, name: str, fold: int | None) -> Path:
    path = root / name
    if path.is_file():
        return path
    found = [path for path in find_below(root, name) if path.is_file()]
    if not found:
        raise FileNotFoundError(
            f'{path}: the label file is missing. Restore it'
            + ', or give the folds that you have with --folds' * (fold is not None))
    if any(other.read_bytes() != found[0].read_bytes() for other in found[1:]):
        raise ValueError(f'{root}: two different label files fit, {found[0].relative_to(root)} and '
                         f'{found[1].relative_to(root)}. Move the one that you do not want out of '
                         'this folder')
    return found[0]


def find_source(root: Path, source: str | None, scenes: Sequence[str],
                crops: Sequence[str]) -> str:
    """Find the folder of the clips.

    Args:
        root (Path): Root of the dataset.
        source (str | None): Choice of the user, relative to the root.
        scenes (Sequence[str]): Patterns of folders that are known to hold full frames. The first
            one for which there is a folder is taken.
        crops (Sequence[str]): Patterns of folders that hold face crops, or whose content is
            unknown. They are taken only if the user names them.

    Returns:
        str: Folder relative to the root.

    Raises:
        FileNotFoundError: If no such folder exists.
        ValueError: If only folders that may hold face crops exist, or two folders fit.
    """
    if source is not None:
        if not (root / source).is_dir():
            raise FileNotFoundError(f'{root / source}: the folder given by --source is missing')
        return Path(source).as_posix()
    for pattern in scenes:
        found = _folders_below(root, pattern)
        if found:
            return _only(root, found, '--source')
    existing_crops = [name for pattern in crops for name in _folders_below(root, pattern)]
    if existing_crops:
        raise ValueError(f'{root / scenes[0]}: the folder of full frames is missing. There is '
                         f'{" and ".join(existing_crops)}, which may hold faces alone. If that is '
                         f'what you want, add --source {existing_crops[0]}')
    raise FileNotFoundError(f'{root / scenes[0]}: the folder of clips is missing, and {root} holds '
                            f'{_content(root)}. If it has another name, give that with --source')


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
        ValueError: If two folders fit.
    """
    if faces == 'none':
        return None
    if faces is not None:
        if not (root / faces).is_dir():
            raise FileNotFoundError(f'{root / faces}: the folder given by --faces is missing')
        return Path(faces).as_posix()
    for pattern, folder in pairs.items():
        parts = source.split('/')
        base = parts[:len(parts) - pattern.count('/') - 1]
        if fnmatchcase(_plain('/'.join(parts[len(base):])), _plain(pattern)):
            beside = [f'{"/".join([*base, ""])}{name}'
                      for name in _folders_below(root.joinpath(*base), folder)]
            found = beside or _folders_below(root, folder)
            return _only(root, found, '--faces') if found else None
    return None


def index_clips(root: Path, folder: str, wanted: Mapping[str, str],
                key: Callable[[str], str]) -> dict[str, str]:
    """Find the clips of a dataset in a folder and in the folders within it.

    Args:
        root (Path): Root of the dataset.
        folder (str): Folder of video files or of folders of frames, relative to the root.
        wanted (Mapping[str, str]): Clip that the label files list -> its name there.
        key (Callable[[str], str]): Maps a path below the folder, without a suffix, to the clip.

    Returns:
        dict[str, str]: Clip -> path of its file or folder relative to the root. A clip that is
        missing has the path that it would have beside the others.

    Raises:
        FileNotFoundError: If not one of the clips is there.
        ValueError: If two paths belong to the same clip.
    """
    paths: dict[str, str] = {}
    for path, stem in _walk(root / folder, '', wanted, key):
        clip = key(stem)
        if clip in paths:
            raise ValueError(f'{root / folder}: {paths[clip]} and {path} both exist and name the '
                             'same clip. Move one of them away')
        paths[clip] = path
    if not paths:
        raise FileNotFoundError(
            f'{root / folder}: none of the {len(wanted)} clips of the label files is there. The '
            f'folder holds {_content(root / folder)}. Give the folder of the clips with --source')
    paths = {**_expected_paths(wanted, paths), **paths}
    return {clip: f'{folder}/{path}' for clip, path in paths.items()}


def _expected_paths(wanted: Mapping[str, str], paths: Mapping[str, str]) -> dict[str, str]:
    """Where the clips would be, if they were named as those that exist are."""
    found = [Path(path) for path in paths.values()]
    suffix = found[0].suffix if found[0].suffix.lower() in VIDEO_SUFFIXES else ''
    width = max((len(path.stem) for path in found if path.name.startswith('0')), default=0)
    depth = next(iter(wanted.values())).count('/') + 1
    tops = {'/'.join([*path.parts[:-depth], '']) for path in found}
    top = tops.pop() if len(tops) == 1 else ''
    return {clip: f'{top}{name.zfill(width)}{suffix}' for clip, name in wanted.items()}


def _walk(top: Path, below: str, wanted: Collection[str], key: Callable[[str], str],
          depth: int = DEPTH) -> Iterator[tuple[str, str]]:
    """Yield the paths of wanted clips relative to ``top``, and the same without a suffix."""
    for entry in sorted(os.scandir(top / below), key=lambda entry: entry.name):
        path = f'{below}{entry.name}'
        if entry.name.startswith('.') or entry.name == '__MACOSX':
            continue
        if entry.is_dir():
            if key(path) in wanted:
                yield path, path
            elif depth:
                yield from _walk(top, f'{path}/', wanted, key, depth - 1)
        else:
            stem, suffix = os.path.splitext(path)
            if suffix.lower() in VIDEO_SUFFIXES and key(stem) in wanted:
                yield path, stem


def _folders_below(root: Path, pattern: str) -> list[str]:
    return [path.relative_to(root).as_posix() for path in find_below(root, pattern)
            if path.is_dir()]


def _only(root: Path, found: Sequence[str], option: str) -> str:
    if len(found) > 1:
        raise ValueError(f'{root}: {found[0]} and {found[1]} both fit. Choose one with '
                         f'{option} {found[0]}, or with {option} {found[1]}')
    return found[0]


def _content(folder: Path) -> str:
    """The first names in a folder, for messages."""
    names = sorted(entry.name for entry in os.scandir(folder) if not entry.name.startswith('.'))
    return ', '.join(names[:6]) + f' and {len(names) - 6} more' * (len(names) > 6) or 'nothing'
