"""Size and digest of the files of a clip, by which later changes of a file are noticed."""
from __future__ import annotations

import hashlib
import os

from .frame_folder import is_image, natural_key

PIECE = 1 << 20


def clip_digest(*paths: str) -> tuple[int, str]:
    """Return the size and the digest of a clip.

    Args:
        paths (str): Video file or folder of frames. Two folders if the frames come in pairs with
            face crops. The names of the frames count, too.

    Returns:
        tuple[int, str]: Number of bytes and BLAKE2 hash of 32 hex digits.

    Raises:
        OSError: If a file cannot be read.
    """
    size, digest = 0, hashlib.blake2b(digest_size=16)
    for path in paths:
        for file in _files(path):
            if file != path:
                digest.update(os.path.basename(file).encode() + b'\0')
            with open(file, 'rb') as opened:
                while piece := opened.read(PIECE):
                    size += len(piece)
                    digest.update(piece)
    return size, digest.hexdigest()


def _files(path: str) -> list[str]:
    if not os.path.isdir(path):
        return [path]
    return [os.path.join(path, name)
            for name in sorted(filter(is_image, os.listdir(path)), key=natural_key)]
