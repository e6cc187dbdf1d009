"""FERV39k's official files.

Wang et al., FERV39k: A Large-Scale Multi-Scene Dataset for Facial Expression Recognition in Videos,
CVPR 2022. The dataset is distributed as face crops and, in pairs with them, full frames.
"""

from __future__ import annotations

from pathlib import Path

from .layout import find_faces, find_layout, find_source, path_parts, read_lines, split_cells
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
    layout = find_layout(root, LABEL_FILES, 'train', None)
    source = find_source(root, source, SCENES, CROPS)
    faces = find_faces(root, faces, PAIRS, source)
    splits = []
    for split in ('train', 'test'):
        path = root / layout.format(split=split)
        if not path.is_file():
            raise FileNotFoundError(f'{path}: the label file is missing. Restore it')
        clips = [Clip(clip_id, f'{source}/{clip_id}', CLASSES.index(emotion),
                      faces and f'{faces}/{clip_id}')
                 for clip_id, emotion in read_labels(path)]
        splits.append(make_split('FERV39k', CLASSES, split, None, clips, PUBLISHED[split], path))
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
    for place, line in read_lines(path):
        cells = split_cells(line, columns=2 if path.suffix == '.csv' else 3)
        parts = path_parts(cells[0])
        emotion, label = parts[-2] if len(parts) > 2 else None, cells[-1]
        if emotion not in CLASSES or len(cells) < 2:
            raise ValueError(f'{place}: {line!r} is not `scene/emotion/number emotion`')
        if label.isdigit():
            label = numbers.setdefault(label, emotion)
        if label != emotion:
            raise ValueError(f'{place}: the label says {label}, but the path says {emotion}')
        rows.append(('/'.join(parts[-3:]), emotion))
    return rows
