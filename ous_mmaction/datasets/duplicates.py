"""The same video under two names."""
from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from .readers.split import Split


def shared_files(splits: Sequence[Split], root: Path) -> list[str]:
    """Find videos that are in two splits of one fold under different names.

    Only files of equal size are read.

    Args:
        splits (Sequence[Split]): All splits of all folds.
        root (Path): Root of the dataset.

    Returns:
        list[str]: A line per pair of files, such as ``a.mp4 (train) is b.mp4 (test)``.
    """
    by_size = defaultdict(set)
    for path in {clip.path for split in splits for clip in split.clips}:
        if (root / path).is_file():
            by_size[(root / path).stat().st_size].add(path)
    digests = {path: _digest(root / path) for paths in by_size.values() if len(paths) > 1
               for path in paths}
    pairs = {}
    for index, split in enumerate(splits):
        known = {digests[clip.path]: clip.path for clip in split.clips if clip.path in digests}
        for other in splits[index + 1:]:
            if other.metainfo.get('fold') != split.metainfo.get('fold'):
                continue
            for clip in other.clips:
                same = known.get(digests.get(clip.path))
                if same is not None:
                    pairs.setdefault(frozenset((same, clip.path)),
                                     f'{same} ({split.name}) is {clip.path} ({other.name})')
    return list(pairs.values())


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.digest()
