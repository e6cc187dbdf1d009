"""Files that take their name only when they are whole."""
from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO


@contextmanager
def whole_file(path: str | Path, mode: str = 'w', partial: Path | None = None) -> Iterator[IO]:
    """Open a file for writing that takes its name when the block ends without an error.

    The content is on the disk by then. A killed process or a full disk leaves the previous file as
    it was.

    Args:
        path (str | Path): File to write; its folder must exist.
        mode (str): ``'w'`` for UTF-8 text, ``'wb'`` for bytes.
        partial (Path, optional): File on the same disk that holds the content until it is whole.
            Defaults to a hidden file in the same folder, which the next attempt overwrites.

    Yields:
        IO: The open file.

    Raises:
        OSError: If the file cannot be written. The message names the file, and no partial file is
            left.
    """
    path = Path(path)
    partial = partial or path.with_name(f'.{path.name}.part')
    text_options = {} if 'b' in mode else dict(encoding='utf-8', newline='\n')
    try:
        with open(partial, mode, **text_options) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        partial.unlink(missing_ok=True)


def write_atomically(path: str | Path, lines: Iterable[str]) -> None:
    """Write pieces of text with :func:`whole_file`; nothing is added between them.

    Args:
        path (str | Path): File to write; its folder must exist.
        lines (Iterable[str]): Pieces of text, with their line ends.

    Raises:
        OSError: If the file cannot be written.
    """
    with whole_file(path) as file:
        file.writelines(lines)


def check_writable(path: str | Path) -> None:
    """Check, before the work whose result it holds, that a file can be written. Creates nothing.

    Args:
        path (str | Path): File to write later. Its folder may be missing.

    Raises:
        OSError: If the file is a folder, or cannot be created at its place.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f'{path}: cannot be written, because it is a folder. Give the '
                                'name of a file')
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    try:
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise cannot_write(path, error) from None


def cannot_write(path: str | Path, error: OSError) -> OSError:
    """Return the error with the file and a remedy, which the message of a full disk lacks."""
    return OSError(f'{path}: cannot be written ({error.strerror or error}). Make room or choose '
                   'another place, then run the same command again')
