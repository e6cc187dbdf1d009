from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ..atomic_files import whole_file, write_atomically
from .feature_bank import checksums, dump_index, record_dtype


class BankWriter:
    """Writes a feature bank batch by batch; an interrupted one goes on where it stopped.

    Each batch is a file in ``OUT/parts`` as soon as it is done. Batches are the same ones whoever
    computes them, so that the bank ends as it would have without the interruption. ``OUT/parts`` also
    holds ``plan.json``, which says what the batches belong to.

    Args:
        out (Path): Folder of the bank.
        header (dict): What the features depend on: the index, less the checksums.
        batch_size (int): Views per batch.

    Attributes:
        dtype (np.dtype): Layout of a record.
    """

    def __init__(self, out: Path, header: dict, batch_size: int) -> None:
        self.out, self.parts, self.index = out, out / 'parts', out / 'index.json'
        self.header = header
        self.dtype = record_dtype(*(header[key] for key in ('dtype', 'frames', 'channels', 'taps')))
        self._shape = len(header['clips']), 1 + header['views']
        views = self._shape[0] * self._shape[1]
        self._batches = [range(start, min(start + batch_size, views))
                         for start in range(0, views, batch_size)]

    def is_finished(self) -> bool:
        """Whether the bank is there.

        Raises:
            ValueError: If the folder holds another bank.
        """
        if self.index.is_file():
            self._compare(self.index)
        return self.index.is_file()

    def begin(self) -> None:
        """Note what the batches belong to.

        Raises:
            ValueError: If the folder holds batches of another bank.
        """
        self.parts.mkdir(parents=True, exist_ok=True)
        plan = self.parts / 'plan.json'
        if plan.is_file():
            self._compare(plan)
        else:
            write_atomically(plan, [json.dumps(self.header, ensure_ascii=False)])

    def missing(self) -> list[range]:
        """The batches that are not written yet, as ranges of views."""
        return [batch for batch in self._batches if not self._part(batch).exists()]

    def write(self, batch: range, records: np.ndarray) -> None:
        """Write the records of a batch.

        Raises:
            OSError: If there is no room; the batches that are done are kept.
        """
        self._write_array(self._part(batch), records.shape, [records])

    def finish(self) -> None:
        """Join the batches to one array, then write the index, which says that the bank is whole."""
        pieces: Iterator[np.ndarray] = (np.load(self._part(batch), allow_pickle=False)
                                        for batch in self._batches)
        # What a kill leaves of the array goes with the parts.
        self._write_array(self.out / 'features.npy', self._shape, pieces,
                          self.parts / 'features.npy')
        write_atomically(self.index,
                         [dump_index(self.header, checksums(self.out / 'features.npy'))])

    def remove_parts(self) -> None:
        """Remove what a finished bank does not need."""
        shutil.rmtree(self.parts, ignore_errors=True)

    def _part(self, batch: range) -> Path:
        return self.parts / f'{batch.start:09d}.npy'

    def _compare(self, path: Path) -> None:
        try:
            found = json.loads(path.read_text(encoding='utf-8'))
            different = [key for key, value in self.header.items() if found[key] != value]
        except (ValueError, KeyError, TypeError):
            raise ValueError(f'{path}: damaged. Delete the folder {path.parent} and run the same '
                             'command again') from None
        if different:
            before, now = (str(values[different[0]])[:80] for values in (found, self.header))
            raise ValueError(f'{path}: begun with another `{different[0]}` ({before}, now {now}). '
                             'Choose another folder with --out, or delete this one')

    def _write_array(self, path: Path, shape: Sequence[int], pieces: Iterable[np.ndarray],
                     partial: Path | None = None) -> None:
        """Write an array piece by piece; ``partial`` as in :func:`whole_file`."""
        with whole_file(path, 'wb', partial) as file:
            np.lib.format.write_array_header_1_0(file, dict(
                descr=np.lib.format.dtype_to_descr(self.dtype), fortran_order=False,
                shape=tuple(shape)))
            for piece in pieces:
                file.write(piece.tobytes())
