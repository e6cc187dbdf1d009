from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ..checkpoints import foreign_notes, foreign_tensors, read_foreign, sha256_of


@dataclass(frozen=True)
class Source:
    """A checkpoint of other code, read without running any of it.

    Args:
        path (str): The file.
        sha256 (str): Its SHA-256, 64 hex digits.
        tensors (dict[str, Tensor]): Tensors by name, without the prefix ``module.``.
        notes (dict): Plain values beside the tensors, such as ``epoch``. ``args`` is the dict of
            the command line's plain values, if the file holds it.
    """

    path: str
    sha256: str
    tensors: dict[str, Tensor]
    notes: dict


def read_source(path: str | Path) -> Source:
    """Read a checkpoint of other code.

    Args:
        path (str | Path): File.

    Returns:
        Source: Its tensors and plain values.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file cannot be read without running code, or holds no tensors.
    """
    content = read_foreign(path)
    return Source(str(path), sha256_of(path), foreign_tensors(content, path),
                  foreign_notes(content))
