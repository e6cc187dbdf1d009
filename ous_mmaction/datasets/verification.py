"""Comparison of clips with the sizes and digests that ``tools/prepare_dataset.py`` recorded."""
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

from ..video import clip_digest

SOURCES = ('filename', 'frame_dir', 'face_dir')


def find_change(record: Mapping, data_root: str | Path = '') -> str | None:
    """Compare the files of a clip with those that were prepared.

    No decoder can detect damage that leaves a valid stream, but its bytes differ.

    Args:
        record (Mapping): Record of an annotation file with ``digest`` and ``bytes``.
        data_root (str | Path): Folder that the paths of the record start from.

    Returns:
        str | None: What has changed, with the file and a remedy; None if nothing has.
    """
    paths = [os.path.join(data_root, record[key]) for key in SOURCES if key in record]
    try:
        size, digest = clip_digest(*paths)
    except OSError as error:
        return f'{error.filename or paths[0]}: the clip cannot be read ({error.strerror})'
    if digest == record['digest']:
        return None
    what = 'its size is the same' if size == record['bytes'] else (
        f'it had {record["bytes"]} bytes and has {size}')
    return (f'{paths[0]}: the clip is not the one that was prepared ({what}). Fetch it again, or '
            'run tools/prepare_dataset.py if it was changed on purpose')


def verify_clips(records: Sequence[Mapping], data_root: str | Path, workers: int = 2,
                 on_done: Callable[[], None] = lambda: None) -> list[str]:
    """Compare all clips of an annotation with those that were prepared.

    Args:
        records (Sequence[Mapping]): Records of annotation files.
        data_root (str | Path): Folder that the paths of the records start from.
        workers (int): Number of threads that read.
        on_done (Callable[[], None]): Called after each clip.

    Returns:
        list[str]: What has changed, one line per clip.

    Raises:
        ValueError: If a record holds no digest.
    """
    check_digests(records)

    def check(record: Mapping) -> str | None:
        change = find_change(record, data_root)
        on_done()
        return change

    with ThreadPoolExecutor(workers) as pool:
        return [change for change in pool.map(check, records) if change]


def check_digests(records: Sequence[Mapping]) -> None:
    """Check that every record holds the digest of its clip.

    Args:
        records (Sequence[Mapping]): Records of annotation files.

    Raises:
        ValueError: If one does not.
    """
    without = [record['clip_id'] for record in records if 'digest' not in record]
    if without:
        raise ValueError(f'The annotation holds no digest of {len(without)} of {len(records)} '
                         f'clips (first: {without[0]}), so that they cannot be verified. Run '
                         'tools/prepare_dataset.py again, which records them')
