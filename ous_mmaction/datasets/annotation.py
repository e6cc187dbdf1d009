"""Annotation files: mmengine's ``{"metainfo": ..., "data_list": [...]}``, one record a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ..atomic_files import write_atomically


def dump_annotation(metainfo: dict, records: Sequence[dict]) -> str:
    """The text of an annotation file; the same input gives the same bytes."""
    lines = ',\n'.join(json.dumps(record, ensure_ascii=False) for record in records)
    header = json.dumps(metainfo, ensure_ascii=False)
    return f'{{"metainfo": {header},\n"data_list": [\n{lines}\n]}}\n'


def write_annotation(path: str | Path, metainfo: dict, records: Sequence[dict]) -> None:
    """Write one split of one fold.

    Args:
        path (str | Path): The json file.
        metainfo (dict): ``dataset``, ``classes``, ``split`` and, where there are folds, ``fold``.
        records (Sequence[dict]): ``clip_id``, ``filename`` or ``frame_dir``, ``face_dir`` where
            the frames come in pairs with face crops, ``total_frames``, ``label``.
    """
    write_atomically(path, [dump_annotation(metainfo, records)])


def read_annotation(path: str | Path) -> tuple[dict, list[dict]]:
    """Read and check an annotation file.

    Args:
        path (str | Path): The json file.

    Returns:
        tuple[dict, list[dict]]: Metainfo and records.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file is not an annotation, has no clip, or a record is incomplete,
            repeated, or labelled outside the class set.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'{path}: annotation file not found; write it with '
                                'tools/prepare_dataset.py, or correct `ann_file` and `data_root`')
    try:
        with open(path, encoding='utf-8') as file:
            content = json.load(file)
        metainfo, records = content['metainfo'], content['data_list']
        classes = metainfo['classes']
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f'{path}: not an annotation file ({type(error).__name__}: {error}); '
                         'write it with tools/prepare_dataset.py') from None
    if not records:
        raise ValueError(f'{path}: `data_list` is empty, the split has no clip; '
                         'run tools/prepare_dataset.py and read its report')
    seen = set()
    for index, record in enumerate(records):
        problem = _problem(record, len(classes), seen)
        if problem:
            raise ValueError(f'{path}: record {index}: {problem}')
        seen.add(record['clip_id'])
    return metainfo, records


def read_annotations(paths: Sequence[str | Path]) -> tuple[dict, list[dict]]:
    """Read annotation files of one dataset, such as its splits and folds, as one.

    Args:
        paths (Sequence[str | Path]): The json files, at least one.

    Returns:
        tuple[dict, list[dict]]: Metainfo of the first file, and the records of all of them, each
        clip once, in the order of the files.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is not valid, is of another dataset than the first, or disagrees with
            an earlier file about a clip.
    """
    metainfo, records = read_annotation(paths[0])
    merged = {record['clip_id']: record for record in records}
    for path in paths[1:]:
        other, records = read_annotation(path)
        for key in ('dataset', 'classes'):
            if other.get(key) != metainfo.get(key):
                raise ValueError(f'{path}: its `{key}` is {other.get(key)}, but {paths[0]} has '
                                 f'{metainfo.get(key)}. Name annotation files of one dataset')
        for record in records:
            clip_id = record['clip_id']
            if merged.setdefault(clip_id, record) != record:
                raise ValueError(f'{path}: clip {clip_id} differs from the clip of that name in the '
                                 'files before. Write all of them with one run of '
                                 'tools/prepare_dataset.py')
    return metainfo, list(merged.values())


def _problem(record: dict, num_classes: int, seen: set[str]) -> str | None:
    missing = {'clip_id', 'total_frames', 'label'} - set(record)
    if missing:
        return f'`{sorted(missing)[0]}` is missing'
    if ('filename' in record) == ('frame_dir' in record):
        return 'exactly one of `filename` and `frame_dir` must be given'
    if 'face_dir' in record and 'frame_dir' not in record:
        return '`face_dir` is given without the `frame_dir` that it is paired with'
    if record['clip_id'] in seen:
        return f'`clip_id` {record["clip_id"]} appears twice; ids must be unique'
    label = record['label']
    if type(label) is not int or not 0 <= label < num_classes:
        return (f'`label` {label!r} of clip {record["clip_id"]} is outside the class set '
                f'(0..{num_classes - 1}, counted from 0)')
    if type(record['total_frames']) is not int or record['total_frames'] < 1:
        return f'`total_frames` {record["total_frames"]!r} of clip {record["clip_id"]} is not >= 1'
    return None
