"""Annotation files: MMEngine's ``{"metainfo": ..., "data_list": [...]}``, one record per line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ..atomic_files import write_atomically


def dump_annotation(metainfo: dict, records: Sequence[dict]) -> str:
    """Return the text of an annotation file; the same input gives the same bytes.

    Args:
        metainfo (dict): See :func:`write_annotation`.
        records (Sequence[dict]): See :func:`write_annotation`.

    Returns:
        str: JSON with one record per line, ending in a newline.

    Examples:
        >>> print(dump_annotation(dict(split='train'), [dict(clip_id='a'), dict(clip_id='b')]))
        {"metainfo": {"split": "train"},
        "data_list": [
        {"clip_id": "a"},
        {"clip_id": "b"}
        ]}
        <BLANKLINE>
    """
    lines = ',\n'.join(json.dumps(record, ensure_ascii=False) for record in records)
    header = json.dumps(metainfo, ensure_ascii=False)
    return f'{{"metainfo": {header},\n"data_list": [\n{lines}\n]}}\n'


def write_annotation(path: str | Path, metainfo: dict, records: Sequence[dict]) -> None:
    """Write the annotation file of one split of one fold.

    Args:
        path (str | Path): JSON file to write.
        metainfo (dict): ``dataset``, ``classes``, ``split`` and, for a dataset with folds,
            ``fold``.
        records (Sequence[dict]): One record per clip with ``clip_id``, ``filename`` or
            ``frame_dir``, ``total_frames`` and ``label``. ``face_dir`` is added if the frames come
            in pairs with face crops; ``bytes`` and ``digest``, see
            :func:`ous_mmaction.video.clip_digest`, if later changes are to be noticed.

    Raises:
        OSError: If the file cannot be written.
    """
    write_atomically(path, [dump_annotation(metainfo, records)])


def read_annotation(path: str | Path) -> tuple[dict, list[dict]]:
    """Read and check an annotation file.

    Args:
        path (str | Path): JSON file.

    Returns:
        tuple[dict, list[dict]]: Metainfo and records.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file is not an annotation, has no clip, or has a record that is
            incomplete, repeated, or labeled outside the class set.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'{path}: the annotation file was not found. Write it with '
                                'tools/prepare_dataset.py, or correct `ann_file` and `data_root`')
    try:
        with open(path, encoding='utf-8') as file:
            content = json.load(file)
        metainfo, records = content['metainfo'], content['data_list']
        classes = metainfo['classes']
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f'{path}: the file is not an annotation file '
                         f'({type(error).__name__}: {error}). Write it with '
                         'tools/prepare_dataset.py') from None
    if not records:
        raise ValueError(f'{path}: `data_list` is empty, so the split has no clip. '
                         'Run tools/prepare_dataset.py and read its report')
    known_ids = set()
    for index, record in enumerate(records):
        problem = _problem(record, len(classes), known_ids)
        if problem:
            raise ValueError(f'{path}: record {index}: {problem}')
        known_ids.add(record['clip_id'])
    return metainfo, records


def read_annotations(paths: Sequence[str | Path]) -> tuple[dict, list[dict]]:
    """Read several annotation files of one dataset, such as its splits and folds, as one.

    Args:
        paths (Sequence[str | Path]): JSON files, at least one.

    Returns:
        tuple[dict, list[dict]]: Metainfo of the first file, and the records of all files in the
        order of the files, each clip once.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is not valid, belongs to another dataset than the first, or disagrees
            with an earlier file about a clip.
    """
    metainfo, records = read_annotation(paths[0])
    merged = {record['clip_id']: record for record in records}
    for path in paths[1:]:
        later_metainfo, records = read_annotation(path)
        for key in ('dataset', 'classes'):
            if later_metainfo.get(key) != metainfo.get(key):
                raise ValueError(f'{path}: its `{key}` is {later_metainfo.get(key)}, but '
                                 f'{paths[0]} has {metainfo.get(key)}. Name annotation files of '
                                 'one dataset')
        for record in records:
            clip_id = record['clip_id']
            if merged.setdefault(clip_id, record) != record:
                raise ValueError(f'{path}: clip {clip_id} differs from the clip of that name in an '
                                 'earlier file. Write all of them with one run of '
                                 'tools/prepare_dataset.py')
    return metainfo, list(merged.values())


def _problem(record: dict, num_classes: int, known_ids: set[str]) -> str | None:
    """Return what is wrong with a record; None if nothing is."""
    missing = {'clip_id', 'total_frames', 'label'} - set(record)
    if missing:
        return f'`{sorted(missing)[0]}` is missing'
    if ('filename' in record) == ('frame_dir' in record):
        return 'exactly one of `filename` and `frame_dir` must be given'
    if 'face_dir' in record and 'frame_dir' not in record:
        return '`face_dir` is given without the `frame_dir` that it is paired with'
    if record['clip_id'] in known_ids:
        return f'`clip_id` {record["clip_id"]} appears twice, but ids must be unique'
    label = record['label']
    if type(label) is not int or not 0 <= label < num_classes:
        return (f'`label` {label!r} of clip {record["clip_id"]} is outside the class set '
                f'(0..{num_classes - 1}, counted from 0)')
    if type(record['total_frames']) is not int or record['total_frames'] < 1:
        return f'`total_frames` {record["total_frames"]!r} of clip {record["clip_id"]} is not >= 1'
    return None
