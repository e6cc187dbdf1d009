"""Which of a detector's classes is the face."""
from __future__ import annotations

import re
from collections.abc import Sequence


def face_label(candidates: Sequence[Sequence[str]], num_classes: int | None,
               face_class: str | None = None) -> int:
    """Return the index of the class "face" among a detector's classes.

    Args:
        candidates (Sequence[Sequence[str]]): Class names as the config, the checkpoint and the type
            of the dataset name them, in this order; those that are known.
        num_classes (int | None): Number of classes of the detector; None if it is not known. Lists
            of another length are not those of this detector.
        face_class (str, optional): Name or index of the class that stands for faces. Defaults to
            the first class whose last word is "face".

    Returns:
        int: The index.

    Raises:
        ValueError: If no class is a face, or ``face_class`` is not one of the classes.

    Examples:
        >>> face_label([('person', 'Human face')], 2), face_label([('head', )], 1, 'head')
        (1, 0)
    """
    lists = [list(names) for names in candidates if num_classes in (None, len(names))]
    if face_class is None:
        for names in lists:
            for label, name in enumerate(names):
                if re.split('[^a-z]+', name.lower())[-1] == 'face':
                    return label
        raise ValueError(f'The detector finds no faces: {_describe(lists)}. Take a face detector, '
                         'such as configs/detectors/mtcnn.py, or say with --face-class which of '
                         'its classes is the face')
    for names in lists:
        if face_class in names:
            return names.index(face_class)
    count = num_classes or max(map(len, lists), default=0)
    if face_class.isdigit() and int(face_class) < count:
        return int(face_class)
    raise ValueError(f'--face-class {face_class}: the detector has no such class; '
                     f'{_describe(lists)}')


def _describe(lists: Sequence[Sequence[str]]) -> str:
    if not lists:
        return 'neither its config nor its checkpoint names its classes'
    more = f' and {len(lists[0]) - 5} more' if len(lists[0]) > 5 else ''
    return f'its classes are {", ".join(lists[0][:5])}{more}'
