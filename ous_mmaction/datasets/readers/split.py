"""Splits of a dataset as its official files list them, before any clip is opened."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Clip:
    """One clip of a split.

    Args:
        clip_id (str): Id that is unique in the dataset.
        path (str): Video file or folder of frames, relative to the root of the dataset, with ``/``.
        label (int): Index into the classes of the split.
        faces (str, optional): Folder of the face crops that come in pairs with the frames, relative
            to the root, with ``/``.
        subject (str, optional): Who is seen, for folds by subject.
    """

    clip_id: str
    path: str
    label: int
    faces: str | None = None
    subject: str | None = None


@dataclass
class Split:
    """The clips of one split of one fold.

    Args:
        name (str): Stem of the annotation file, such as ``fold1_train``.
        metainfo (dict): ``dataset``, ``classes``, ``split`` and, for a dataset with folds,
            ``fold``.
        clips (list[Clip]): Clips in the order of the official file.
        published (Sequence[int] | int | None): Number of clips per class, or in total, that the
            authors of the dataset count; None if they publish no count.
        source (Path, optional): File or folder that lists the clips.
    """

    name: str
    metainfo: dict
    clips: list[Clip]
    published: Sequence[int] | int | None = None
    source: Path | None = None


def make_split(dataset: str, classes: Sequence[str], split: str, fold: int | None,
               clips: list[Clip], published: Sequence[int] | int | None, source: Path) -> Split:
    """Create a split after checking that it lists each clip once.

    Args:
        dataset (str): Name of the dataset.
        classes (Sequence[str]): Class names in the order of the labels.
        split (str): ``'train'``, ``'val'``, ``'test'`` or ``'all'``.
        fold (int | None): Number of the fold; None if the dataset has no folds.
        clips (list[Clip]): Clips in the order of the official file.
        published (Sequence[int] | int | None): See :class:`Split`.
        source (Path): File or folder that lists the clips.

    Returns:
        Split: The split.

    Raises:
        ValueError: If a clip is listed twice, or no clip is listed.
    """
    if not clips:
        raise ValueError(f'{source}: no clip is listed here')
    known_ids = set()
    for clip in clips:
        if clip.clip_id in known_ids:
            raise ValueError(f'{source}: clip {clip.clip_id} is listed twice')
        known_ids.add(clip.clip_id)
    metainfo = dict(dataset=dataset, classes=list(classes), split=split)
    name = split
    if fold is not None:
        metainfo['fold'] = fold
        name = f'fold{fold}_{split}'
    return Split(name, metainfo, clips, published, source)


def check_consistency(splits: Sequence[Split]) -> None:
    """Compare the splits of a dataset with each other.

    Args:
        splits (Sequence[Split]): All splits of all folds.

    Raises:
        ValueError: If a clip has two labels, or is in two splits of one fold.
    """
    labels: dict[str, tuple[int, str]] = {}
    names: dict[tuple[str, int | None], str] = {}
    for split in splits:
        classes = split.metainfo['classes']
        for clip in split.clips:
            label, name = labels.setdefault(clip.clip_id, (clip.label, split.name))
            if label != clip.label:
                raise ValueError(f'Clip {clip.clip_id} is {classes[label]} in {name} and '
                                 f'{classes[clip.label]} in {split.name}. Restore the official '
                                 'label files')
            name = names.setdefault((clip.clip_id, split.metainfo.get('fold')), split.name)
            if name != split.name:
                raise ValueError(f'Clip {clip.clip_id} is in {name} and in {split.name}. Restore '
                                 'the official label files')


def take_few(splits: Sequence[Split], root: Path, count: int = 20) -> list[Split]:
    """Take a few clips of the first fold, at least one of each class per split.

    Clips that are missing are passed over.

    Args:
        splits (Sequence[Split]): Splits of a dataset.
        root (Path): Root of the dataset.
        count (int): Number of clips of all splits together, unless the classes need more. Defaults
            to 20.

    Returns:
        list[Split]: The splits of the first fold, without published counts.
    """
    fold = splits[0].metainfo.get('fold')
    splits = [split for split in splits if split.metainfo.get('fold') == fold]
    few = []
    for split in splits:
        ranks: dict[int, int] = {}
        ranked = []
        for clip in split.clips:
            rank = ranks.get(clip.label, 0)
            # The disk is only asked about clips that may be taken.
            if rank * len(splits) <= count and (root / clip.path).exists():
                ranked.append((rank, clip))
                ranks[clip.label] = rank + 1
        ranked.sort(key=lambda pair: pair[0])  # stable: the first clip of every class comes first
        clips = [clip for _, clip in ranked[:max(count // len(splits), len(ranks))]]
        few.append(Split(split.name, split.metainfo, clips, None, split.source))
    return few
