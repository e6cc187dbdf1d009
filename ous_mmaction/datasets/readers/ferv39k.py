"""FERV39k's official files.

Wang et al., FERV39k: A Large-Scale Multi-Scene Dataset for Facial Expression Recognition in Videos,
CVPR 2022. The dataset is distributed as face crops and, in pairs with them, full frames.
"""

from __future__ import annotations

from pathlib import Path

from .layout import find_faces, find_label_files, find_source, index_clips
from .lists import path_parts, read_rows
from .split import Clip, Split, make_split

# Public code also uses an alphabetical order, so labels are only read by name.
CLASSES = ('Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear')

LABEL_FILES = (
    '4_setups/All_scenes/{split}_All.csv',  # official
    'EmoLabel/EmoLabel/{split}_All.csv',
    'EmoLabel/{split}_All.csv',
    'annotation/FERV39K_{split}.txt',
    'annotation/FERV39k_{split}.txt',
    'FERV39K_{split}.txt',
    'FERV39k_{split}.txt',
)
SCENES = ('3_ClipsforScen*', 'Image/Original/3_ClipsforScen*')  # officially 3_ClipsforScenImages
# Folder of full frames -> folder of the face crops that belong to them.
PAIRS = dict(zip(SCENES, ('2_ClipsforFaceCrop', 'Image/CropFace/2_ClipsforFaceCrop')))
CROPS = tuple(PAIRS.values())

# Number of clips per class.
PUBLISHED = {
    'train': (5854, 5523, 7790, 5906, 2502, 1833, 1680),
    'test': (1473, 1393, 1958, 1487, 638, 467, 431),
}


def read_ferv39k(root: str | Path, source: str | None = None,
                 faces: str | None = None) -> list[Split]:
    """Read the official split.

    The id of a clip is ``scene/emotion/number``, because numbers alone repeat.

    Args:
        root (str | Path): Root of the dataset.
        source (str, optional): Folder of the clips, relative to the root. Defaults to the full
            frames.
        faces (str, optional): Folder of the face crops in pairs with the frames, or ``'none'``.
            Defaults to the official folder if it exists.

    Returns:
        list[Split]: Train and test split.

    Raises:
        FileNotFoundError: If a label file or the folder of clips is missing.
        ValueError: If a line is ambiguous.
    """
    root = Path(root)
    files = find_label_files(root, LABEL_FILES, [None])
    source = find_source(root, source, SCENES, CROPS)
    faces = find_faces(root, faces, PAIRS, source)
    rows = {split: read_labels(path) for (_, split), path in files.items()}
    names = {clip_id.lower(): clip_id for listed in rows.values() for clip_id, _ in listed}
    paths, crops = (folder and index_clips(root, folder, names, _clip_of)
                    for folder in (source, faces))
    splits = []
    for split, listed in rows.items():
        clips = [Clip(clip_id, paths[clip_id.lower()], CLASSES.index(emotion),
                      crops and crops[clip_id.lower()]) for clip_id, emotion in listed]
        splits.append(make_split('FERV39k', CLASSES, split, None, clips, PUBLISHED[split],
                                 files[None, split]))
    return splits


def read_labels(path: Path) -> list[tuple[str, str]]:
    """Read the clips and emotions of one label file.

    Args:
        path (Path): File with the columns ``scene/emotion/number emotion``, or with the columns
            ``path frames label``. If the labels are numbers, the path gives the emotion.

    Returns:
        list[tuple[str, str]]: Id and emotion of each clip.

    Raises:
        ValueError: If a line has other columns, its label contradicts its path, or a number stands
            for two emotions.
    """
    rows, numbers = [], {}
    for place, line, cells in read_rows(path, columns=2 if path.suffix == '.csv' else 3):
        parts = path_parts(cells[0])
        # Lists and folders differ in their capital letters.
        emotion, label = parts[-2].capitalize() if len(parts) > 2 else None, cells[-1].capitalize()
        if emotion not in CLASSES or len(cells) < 2:
            raise ValueError(f'{place}: {line!r} is not `scene/emotion/number emotion`')
        if label.isdigit():
            label = numbers.setdefault(label, emotion)
        if label != emotion:
            raise ValueError(f'{place}: the label says {label}, but the path says {emotion}')
        rows.append(('/'.join([parts[-3], emotion, parts[-1]]), emotion))
    return rows


def _clip_of(path: str) -> str:
    """Scene, emotion and number at the end of a path, in lower case."""
    return '/'.join(path.split('/')[-3:]).lower()
