"""Clips that are sorted into folders by class, as in CAER, AFEW or a collection of one's own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ...video import is_image, natural_key
from .layout import VIDEO_SUFFIXES
from .split import Clip, Split, make_split
from .subject_folds import split_by_subject

# First word of the name of a split folder, in lower case -> split. AFEW has Train_AFEW, Val_AFEW.
SPLITS = dict(train='train', training='train', val='val', valid='val', validation='val',
              test='test', testing='test')


def read_folders(root: str | Path, classes: Sequence[str] | None = None,
                 subject_folds: int | None = None) -> list[Split]:
    """Read ``root/split/class/clip``, or ``root/class/clip`` as the one split ``all``.

    A clip is a video file or a folder of frames. Its id is its path without the root. Clips may be
    in folders of subjects, as in ``root/class/subject/clip``.

    Args:
        root (str | Path): Root of the dataset.
        classes (Sequence[str], optional): Names of the class folders, in the order of the labels.
            Defaults to all that exist, sorted by name.
        subject_folds (int, optional): Number of folds to make by subject, for a dataset without
            split folders.

    Returns:
        list[Split]: The splits that exist, or train and test split of each fold.

    Raises:
        FileNotFoundError: If the root is missing.
        ValueError: If the folders have another layout or other classes.
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
    # A folder without a clip, such as that of the annotations, is no class.
    paths_by_split = {}
    for split, folder in folders.items():
        clips = {name: _clips(root, os.path.normpath(os.path.join(folder, name)))
                 for name in _subfolders(root / folder)}
        paths_by_split[split] = {name: paths for name, paths in clips.items() if paths}

    names = sorted({name for clips in paths_by_split.values() for name in clips})
    if classes is None:
        classes = names
    if not names or set(names) - set(classes):
        extra = ', '.join(sorted(set(names) - set(classes))) or 'none'
        raise ValueError(f'{root}: expected one folder with clips per class '
                         f'({", ".join(classes) or "any"}). Other folders with clips: {extra}. '
                         'Name the classes with --classes, or move other folders away')
    if subject_folds is not None and 'all' not in folders:
        raise ValueError(f'{root}: the dataset has splits of its own ({", ".join(folders)}). Leave '
                         'out --subject-folds')
    splits = []
    for split, folder in folders.items():
        clips = [Clip(path, path, list(classes).index(name), subject=subject)
                 for name, paths in paths_by_split[split].items() for path, subject in paths]
        if subject_folds is not None:
            return split_by_subject(root.resolve().name, classes, clips, subject_folds, root)
        splits.append(make_split(root.resolve().name, classes, split, None, clips, None,
                                 root / folder))
    return splits


def _subfolders(folder: Path) -> list[str]:
    return sorted(entry.name for entry in os.scandir(folder)
                  if entry.is_dir() and not entry.name.startswith('.'))


def _clips(root: Path, folder: str) -> list[tuple[str, str | None]]:
    """Return the clips in a class folder: paths relative to the root, and subjects."""
    clips = []
    for name in sorted(os.listdir(root / folder), key=natural_key):
        path = root / folder / name
        if is_image(name):
            raise ValueError(f'{path}: this is an image, but a clip is a video file or a folder of '
                             'frames. Put the frames of each clip into a folder of their own')
        if name.startswith('.'):
            continue
        own = _clips_of_subject(path) if path.is_dir() else []
        if own:
            clips += [((Path(folder) / name / clip).as_posix(), name) for clip in own]
        elif path.is_dir() or path.suffix.lower() in VIDEO_SUFFIXES:
            clips.append(((Path(folder) / name).as_posix(), None))
    return clips


def _clips_of_subject(folder: Path) -> list[str]:
    """Return the names of the clips in a subject's folder; none if it is a folder of frames."""
    names = sorted((name for name in os.listdir(folder) if not name.startswith('.')),
                   key=natural_key)
    if any(map(is_image, names)):
        return []
    return [name for name in names if (folder / name).is_dir()
            or Path(name).suffix.lower() in VIDEO_SUFFIXES]
