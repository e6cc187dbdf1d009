"""Files that appear only when they are whole."""
from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole_file(path: str | Path, mode: str = 'w',
               partial: Path | None = None) -> Iterator[IO]:
    """Open a file for writing; it takes its name when the block ends well, and is on the disk then.

    A killed process or a full disk leaves the previous file as it was.

    Args:
        path: The file; its folder must exist.
        mode: ``w`` for UTF-8 text, ``wb`` for bytes.
        partial: Holds it until it is whole; on the same disk. Default: a hidden file beside it,
            which the next attempt overwrites.

    Raises:
        OSError: It cannot be written; the message names the file and nothing is left behind.
    """
    path = Path(path)
    partial = partial or path.with_name(f'.{path.name}.part')
    text = {} if 'b' in mode else dict(encoding='utf-8', newline='\n')
    try:
        with open(partial, mode, **text) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        partial.unlink(missing_ok=True)


def write_atomically(path: str | Path, lines: Iterable[str]) -> None:
    """Write pieces of text, as they are, by :func:`whole_file`."""
    with whole_file(path) as file:
        file.writelines(lines)


def cannot_write(path: str | Path, error: OSError) -> OSError:
    """The error with the file and a remedy in its message, which a full disk's lacks."""
    return OSError(f'{path}: cannot be written ({error.strerror or error}); make room or choose '
                   'another place, then run the same command again')
