"""MAFW's official files.

Liu et al., MAFW: A Large-scale, Multi-modal, Compound Affective Database for Dynamic Facial
Expression Recognition in the Wild, ACM MM 2022.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .layout import find_faces, find_label_files, find_source, index_clips
from .lists import path_parts, read_rows
from .split import Clip, Split, make_split

# The official order. Public code also uses two others, so labels are only read by name.
CLASSES = ('anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise', 'contempt',
           'anxiety', 'helplessness', 'disappointment')
FOLDS = (1, 2, 3, 4, 5)

LABEL_FILES = tuple(
    f'{folder}/{captions}/set_{{fold}}/{{split}}.txt'
    for folder in ('Train_Test_Set/single', 'Train & Test Set/single', 'anno/single', 'label')
    for captions in ('no_caption', 'with_caption'))
SCENES = ('data/clips', 'clips', 'data/frames', 'frames')
# Folder of full frames -> folder of the face crops that belong to them.
PAIRS = {'data/frames': 'data/faces', 'frames': 'faces'}
CROPS = (*PAIRS.values(), 'data/frames_crop_align_224', 'frames_crop_align_224')

# Number of clips per test fold; together 9,172 single-labeled clips.
PUBLISHED_TEST = {1: 1839, 2: 1837, 3: 1833, 4: 1832, 5: 1831}


def read_mafw(root: str | Path, folds: Sequence[int] = FOLDS,
              source: str | None = None, faces: str | None = None) -> list[Split]:
    """Read the folds of the single-labeled set, with or without captions.

    Args:
        root (str | Path): Root of the dataset.
        folds (Sequence[int]): Folds to read.
        source (str, optional): Folder of the clips, relative to the root. Defaults to
            ``data/clips`` if it exists, else to the frames.
        faces (str, optional): Folder of the face crops in pairs with the frames, or ``'none'``.
            Defaults to the folder beside that of the frames if it exists.

    Returns:
        list[Split]: Train and test split of each fold.

    Raises:
        FileNotFoundError: If a label file or the folder of clips is missing.
        ValueError: If a line is ambiguous.
    """
    root = Path(root)
    files = find_label_files(root, LABEL_FILES, folds)
    source = find_source(root, source, SCENES, CROPS)
    faces = find_faces(root, faces, PAIRS, source)
    rows = {key: read_labels(path) for key, path in files.items()}
    ids = {clip_id: clip_id for listed in rows.values() for clip_id, _ in listed}
    paths, crops = (folder and index_clips(root, folder, ids, lambda path: path.rpartition('/')[2])
                    for folder in (source, faces))
    splits = []
    for (fold, split), listed in rows.items():
        clips = [Clip(clip_id, paths[clip_id], CLASSES.index(emotion), crops and crops[clip_id])
                 for clip_id, emotion in listed]
        published_test = PUBLISHED_TEST[fold]
        published = (published_test if split == 'test' else
                     sum(PUBLISHED_TEST.values()) - published_test)
        splits.append(make_split('MAFW', CLASSES, split, fold, clips, published,
                                 files[fold, split]))
    return splits


def read_labels(path: Path) -> list[tuple[str, str]]:
    """Read the clips and emotions of one label file.

    Args:
        path (Path): File of lines such as ``00025.mp4 anger``, or of tab-separated lines in which
            captions follow.

    Returns:
        list[tuple[str, str]]: Id and emotion of each clip.

    Raises:
        ValueError: If a line has other columns, or a compound or numeric label.
    """
    rows = []
    for place, line, cells in read_rows(path, columns=2):
        name, label = (cells + [''])[:2]
        if label.isdigit():
            raise ValueError(f'{place}: the label {label} is a number, but three orders of the '
                             'classes are in use. Take the official files, which name the emotion')
        if '_' in label:
            raise ValueError(f'{place}: {label} is a compound emotion. Take the files of the '
                             'single-labeled set (Train_Test_Set/single)')
        if label not in CLASSES:
            raise ValueError(f'{place}: {line!r} is not `name.mp4 emotion`')
        rows.append((Path(path_parts(name)[-1]).stem, label))
    return rows
