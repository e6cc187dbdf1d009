"""Clips sorted into folders by class: CAER, AFEW, one's own videos."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ...video import is_image, natural_key
from .splits import VIDEO_SUFFIXES, Clip, Split, make_split

# First word of a split folder's name, in lower case -> split. AFEW has Train_AFEW, Val_AFEW.
SPLITS = dict(train='train', training='train', val='val', valid='val', validation='val',
              test='test', testing='test')


def read_folders(root: str | Path, classes: Sequence[str] | None = None) -> list[Split]:
    """Read ``root/split/class/clip``, or ``root/class/clip`` as the one split ``all``.

    A clip is a video file or a folder of frames; its id is its path without the root.

    Args:
        root (str | Path): The dataset.
        classes (Sequence[str], optional): Names of the class folders, in the order of the labels.
            Defaults to all that there are, sorted by name.

    Returns:
        list[Split]: The splits that there are.

    Raises:
        FileNotFoundError: If the folder is missing.
        ValueError: If the folders are not of this kind, or not of these classes.
    """
    root = Path(root)
    if not root.is_dir():
        raise FileNotFoundError(f'{root}: the folder is missing')
    folders = {}
    for name in _subfolders(root):
        split = SPLITS.get(name.lower().replace('-', '_').split('_')[0])
        if split in folders:
            raise ValueError(f'{root}: {folders[split]} and {name} are both the split {split}')
        if split:
            folders[split] = name
    folders = folders or {'all': '.'}
    # Folders without a clip, such as that of the annotations, are no class.
    found = {}
    for split, folder in folders.items():
        clips = {name: _clips(root, os.path.normpath(os.path.join(folder, name)))
                 for name in _subfolders(root / folder)}
        found[split] = {name: paths for name, paths in clips.items() if paths}

    names = sorted({name for clips in found.values() for name in clips})
    if classes is None:
        classes = names
    if not names or set(names) - set(classes):
        extra = ', '.join(sorted(set(names) - set(classes))) or 'none'
        raise ValueError(f'{root}: expected one folder for each of the classes '
                         f'({", ".join(classes) or "any"}), found besides: {extra}; name the '
                         'classes by --classes, or move other folders away')
    splits = []
    for split, folder in folders.items():
        clips = [Clip(path, path, list(classes).index(name))
                 for name, paths in found[split].items() for path in paths]
        splits.append(make_split(root.resolve().name, classes, split, None, clips, None,
                                 root / folder))
    return splits


def _subfolders(folder: Path) -> list[str]:
    return sorted(entry.name for entry in os.scandir(folder)
                  if entry.is_dir() and not entry.name.startswith('.'))


def _clips(root: Path, folder: str) -> list[str]:
    clips = []
    for name in sorted(os.listdir(root / folder), key=natural_key):
        path = root / folder / name
        if is_image(name):
            raise ValueError(f'{path}: an image where clips are expected; a clip is a video file '
                             'or a folder of frames of its own')
        if not name.startswith('.') and (path.is_dir() or path.suffix.lower() in VIDEO_SUFFIXES):
            clips.append((Path(folder) / name).as_posix())
    return clips
