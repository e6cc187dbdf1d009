from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import BinaryIO

from ..atomic_files import cannot_write, write_atomically
from ..datasets.face_boxes import FaceBoxes, read_header


class FaceBoxesWriter:
    """Write a face boxes file clip by clip, continuing where an interrupted run stopped.

    Each process appends a clip to its own part file, ``OUT.part`` or ``OUT.part<rank>``, as soon
    as the clip is done. At the end, :meth:`join` writes ``OUT`` in one go. Its bytes depend neither
    on the number of processes nor on how often they were interrupted.

    Args:
        out (Path): The face boxes file.
        header (str): First line of the file, see :func:`dump_header`.
        rank (int): Rank of this process. Defaults to 0.

    Attributes:
        done (set[str]): Ids of the clips that the file and its parts held at the start.

    Raises:
        ValueError: If the file or one of its parts holds clips of another dataset or detector.
    """

    def __init__(self, out: Path, header: str, rank: int = 0) -> None:
        self.out, self.header = out, header
        self.part = out.with_name(f'{out.name}.part{rank or ""}')
        self._finished, _ = index_lines(out, header)
        self._in_parts: dict[str, tuple[Path, int]] = {}
        self._end = 0  # where the last whole line of this process's part ends
        self._read_parts()
        self.done = {*self._finished, *self._in_parts}
        self._file: BinaryIO | None = None

    def __enter__(self) -> FaceBoxesWriter:
        try:
            self.part.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered, so that a line is in the file, or the full disk reported, before the
            # next clip.
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
        """Append the boxes of a clip to this process's part file.

        Args:
            boxes (FaceBoxes): The clip's boxes.

        Raises:
            OSError: If the disk is full.
        """
        self._append(boxes.to_json())

    def join(self, order: Iterable[str]) -> None:
        """Write the file from its earlier content and from all parts.

        Args:
            order (Iterable[str]): Clip ids in the order of the file. Any other clips follow them.

        Raises:
            OSError: If the file cannot be written. The parts are kept.
        """
        parts = self._read_parts()
        if self._in_parts or not self.out.exists():
            positions = {
                **{clip_id: (self.out, start) for clip_id, start in self._finished.items()},
                **self._in_parts}
            lines = read_lines(positions, dict.fromkeys([*order, *positions]))
            with closing(lines):
                write_atomically(self.out, itertools.chain([self.header + '\n'], lines))
        for part in parts:
            part.unlink(missing_ok=True)

    def _read_parts(self) -> list[Path]:
        """Index the complete lines of all processes' parts and return the paths of the parts."""
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
    """Index the complete lines of a face boxes file that a kill may have cut off.

    Args:
        path (Path): Face boxes file, which need not exist.
        header (str): First line that the file must have.

    Returns:
        tuple[dict[str, int], int]: Byte offset of each clip's line by clip id, and the offset at
        which the last complete line ends: 0 if not even the header is complete.

    Raises:
        ValueError: If the file is of another kind, or holds clips of another dataset or detector.
            A file of another dataset or detector that holds no clip counts as empty.
    """
    starts: dict[str, int] = {}
    end = 0
    mismatch = None
    if not path.exists():
        return starts, end
    with open(path, 'rb') as file:
        for line in file:
            if not line.endswith(b'\n'):
                break
            if end == 0:
                mismatch = _header_mismatch(path, line.decode('utf-8', 'replace'), header)
            else:
                try:
                    starts[FaceBoxes.from_json(line.decode('utf-8')).clip_id] = end
                except ValueError:
                    break
                if mismatch:
                    raise ValueError(mismatch)
            end += len(line)
    return starts, 0 if mismatch else end


def _header_mismatch(path: Path, line: str, header: str) -> str | None:
    """Return how a header differs; raises a ValueError if the file is of another kind."""
    try:
        actual, expected = read_header(line), read_header(header)
    except ValueError as error:
        raise ValueError(f'{path}: {error}. Or choose another output file') from None
    if actual == expected:
        return None
    return (f'{path}: the file holds boxes of {actual["dataset"]!r} by {actual["detector"]!r}, not '
            f'of {expected["dataset"]!r} by {expected["detector"]!r}. Choose another output file '
            'or delete this one')


def read_lines(positions: Mapping[str, tuple[Path, int]],
               order: Iterable[str]) -> Iterator[str]:
    """Read lines of face boxes files by clip id, in any order, one line in memory at a time.

    Args:
        positions (Mapping[str, tuple[Path, int]]): File and byte offset of each clip's line by
            clip id.
        order (Iterable[str]): Clip ids in the order in which to read them.

    Yields:
        str: The line of each clip, with its newline.
    """
    with ExitStack() as stack:
        files = {path: stack.enter_context(open(path, 'rb'))
                 for path in {path for path, _ in positions.values()}}
        for clip_id in order:
            path, start = positions[clip_id]
            files[path].seek(start)
            yield files[path].readline().decode('utf-8')
