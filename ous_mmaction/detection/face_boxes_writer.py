from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from ..atomic_files import cannot_write, write_atomically
from ..datasets.face_boxes import FaceBoxes, read_header


class FaceBoxesWriter:
    """Writes a face boxes file clip by clip; an interrupted one goes on where it stopped.

    Each process appends a clip to a part file of its own, ``OUT.part`` or ``OUT.part<rank>``, as
    soon as it is done. At the end :meth:`join` writes ``OUT`` at once: to the same bytes, however
    many processes there were and however often they were interrupted.

    Args:
        out (Path): The face boxes file.
        header (str): Its first line, see :func:`dump_header`.
        rank (int): Number of this process.

    Attributes:
        done (set[str]): Ids of the clips that the file or a part of it held when it was opened.

    Raises:
        ValueError: If the file or a part of it is of another dataset or another detector.
    """

    def __init__(self, out: Path, header: str, rank: int = 0) -> None:
        self.out, self.header = out, header
        self.part = out.with_name(f'{out.name}.part{rank or ""}')
        self._finished, _ = index_lines(out, header)
        self._in_parts: dict[str, tuple[Path, int]] = {}
        self._end = 0  # of the last whole line in this process's part
        self._read_parts()
        self.done = {*self._finished, *self._in_parts}
        self._file: BinaryIO | None = None

    def __enter__(self) -> FaceBoxesWriter:
        try:
            self.part.parent.mkdir(parents=True, exist_ok=True)
            # Without a buffer: a line is in the file before the next clip, or the disk is full.
            self._file = open(self.part, 'ab', buffering=0)
        except OSError as error:
            raise cannot_write(self.part, error) from None
        self._file.truncate(self._end)
        if self._end == 0:
            self._append(self.header)
        return self

    def __exit__(self, *_) -> None:
        self._file.close()

    def write(self, boxes: FaceBoxes) -> None:
        """Append a clip.

        Raises:
            OSError: If there is no room.
        """
        self._append(boxes.to_json())

    def join(self, order: Iterable[str]) -> None:
        """Write the file from what it held before and from all parts.

        Args:
            order (Iterable[str]): Ids of clips in the order of the file; further clips that it
                holds follow.

        Raises:
            OSError: If the file cannot be written; the parts are kept.
        """
        parts = self._read_parts()
        if self._in_parts or not self.out.exists():
            places = {**{clip_id: (self.out, start) for clip_id, start in self._finished.items()},
                      **self._in_parts}
            lines = read_lines(places, dict.fromkeys([*order, *places]))
            with closing(lines):
                write_atomically(self.out, itertools.chain([self.header + '\n'], lines))
        for part in parts:
            part.unlink(missing_ok=True)

    def _read_parts(self) -> list[Path]:
        """Find the clips that the parts of all processes hold whole."""
        parts = [path for path in self.out.parent.glob(f'{self.out.name}.part*')
                 if path.name[len(self.out.name) + 5:].isdigit() or path.suffix == '.part']
        for part in parts:
            starts, end = index_lines(part, self.header)
            self._in_parts.update({clip_id: (part, start) for clip_id, start in starts.items()})
            if part == self.part:
                self._end = end
        return parts

    def _append(self, line: str) -> None:
        data = f'{line}\n'.encode()
        try:
            while data:
                data = data[self._file.write(data):]
        except OSError as error:
            raise cannot_write(self.part, error) from None


def index_lines(path: Path, header: str) -> tuple[dict[str, int], int]:
    """Find the clips that a face boxes file, perhaps cut off by a kill, holds whole.

    Args:
        path (Path): File; it need not exist.
        header (str): The first line that it must have.

    Returns:
        tuple[dict[str, int], int]: Clip id -> where its line starts, bytes; and where the last
        whole line ends: 0 if not even the header is whole.

    Raises:
        ValueError: If the file was made from another dataset or by another detector.
    """
    starts: dict[str, int] = {}
    end = 0
    if not path.exists():
        return starts, end
    with open(path, 'rb') as file:
        for line in file:
            if not line.endswith(b'\n'):
                break
            if end == 0:
                _check_header(path, line.decode('utf-8', 'replace'), header)
            else:
                try:
                    starts[FaceBoxes.from_json(line.decode('utf-8')).clip_id] = end
                except ValueError:
                    break
            end += len(line)
    return starts, end


def _check_header(path: Path, line: str, header: str) -> None:
    try:
        found, wanted = read_header(line), read_header(header)
    except ValueError as error:
        raise ValueError(f'{path}: {error}, or choose another output file') from None
    if found != wanted:
        raise ValueError(f'{path}: it holds boxes of {found["dataset"]!r} by {found["detector"]!r}, '
                         f'not of {wanted["dataset"]!r} by {wanted["detector"]!r}. Choose another '
                         'output file or delete this one')


def read_lines(places: Mapping[str, tuple[Path, int]], order: Iterable[str]) -> Iterator[str]:
    """Read lines of face boxes files by clip id, in any order; memory holds one line.

    Args:
        places (Mapping[str, tuple[Path, int]]): Clip id -> file, and where in it the line starts.
        order (Iterable[str]): Clip ids.
    """
    files = {path: open(path, 'rb') for path in {path for path, _ in places.values()}}
    try:
        for clip_id in order:
            path, start = places[clip_id]
            files[path].seek(start)
            yield files[path].readline().decode('utf-8')
    finally:
        for file in files.values():
            file.close()
