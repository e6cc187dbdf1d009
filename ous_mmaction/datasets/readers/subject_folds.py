"""Folds in which nobody is both trained on and tested on."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sklearn.model_selection import StratifiedGroupKFold

from .split import Clip, Split, make_split


def split_by_subject(dataset: str, classes: Sequence[str], clips: Sequence[Clip], folds: int,
                     source: Path) -> list[Split]:
    """Divide clips into folds by subject, with the classes as even as that allows.

    The folds do not depend on anything but the clips.

    Args:
        dataset (str): Name of the dataset.
        classes (Sequence[str]): Class names in the order of the labels.
        clips (Sequence[Clip]): Clips, each with its subject.
        folds (int): Number of folds.
        source (Path): File or folder that lists the clips.

    Returns:
        list[Split]: Train and test split of each fold.

    Raises:
        ValueError: If a clip has no subject, or if there are fewer subjects than folds.
    """
    for clip in clips:
        if not clip.subject:
            raise ValueError(f'{source}: the subject of {clip.path} is unknown, so that the clips '
                             'cannot be divided by subject. Use the layout class/subject/clip, or '
                             'a list with the columns path,label,subject')
    subjects = [clip.subject for clip in clips]
    if not 2 <= folds <= len(set(subjects)):
        raise ValueError(f'--subject-folds {folds}: expected at least 2 and at most '
                         f'{len(set(subjects))}, the number of subjects in {source}')
    labels = [clip.label for clip in clips]
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    return [make_split(dataset, classes, name, fold, [clips[index] for index in part], None, source)
            for fold, parts in enumerate(splitter.split(labels, labels, subjects), start=1)
            for name, part in zip(('train', 'test'), parts)]
