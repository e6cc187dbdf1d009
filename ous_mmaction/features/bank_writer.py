from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from ..atomic_files import whole_file, write_atomically
from ..checks import first_difference
from .feature_bank import DEFAULT_PRECISION, checksums, dump_index, record_dtype


class BankWriter:
    """Write a feature bank batch by batch, continuing where an interrupted run stopped.

    Each batch becomes a file in ``OUT/parts`` as soon as it is done. The division into batches does
    not depend on the process that computes them, so that an interrupted run ends with the same
    bank. ``OUT/parts`` also holds ``plan.json``, which records the bank that the batches belong to.

    Args:
        out (Path): Folder of the bank.
        header (dict): Everything that the features depend on: the index without the checksums.
        batch_size (int): Views per batch.

    Attributes:
        dtype (np.dtype): Layout of a record.
    """

    def __init__(self, out: Path, header: dict, batch_size: int) -> None:
        self.out, self.parts = out, out / 'parts'
        self.index, self.plan = _headers(out)
        self.header = header
        self.dtype = record_dtype(*(header[key] for key in ('dtype', 'frames', 'channels', 'taps')))
        self._shape = len(header['clips']), 1 + header['views']
        views = self._shape[0] * self._shape[1]
        self._batches = [range(start, min(start + batch_size, views))
                         for start in range(0, views, batch_size)]

    def is_finished(self) -> bool:
        """Whether the bank is complete.

        Raises:
            ValueError: If the folder holds another bank.
        """
        if self.index.is_file():
            self._check_header(self.index)
        return self.index.is_file()

    def begin(self) -> None:
        """Record the bank that the batches belong to.

        Raises:
            ValueError: If the folder holds batches of another bank.
        """
        self.parts.mkdir(parents=True, exist_ok=True)
        if self.plan.is_file():
            self._check_header(self.plan)
        else:
            write_atomically(self.plan, [json.dumps(self.header, ensure_ascii=False)])

    def missing(self) -> list[range]:
        """Return the batches that are not written yet, as ranges of views."""
        return [batch for batch in self._batches if not self._part(batch).exists()]

    def write(self, batch: range, records: np.ndarray) -> None:
        """Write the records of a batch.

        Args:
            batch (range): The batch's views.
            records (np.ndarray): Records of shape (B,) with the layout ``dtype``.

        Raises:
            OSError: If the disk is full. The finished batches are kept.
        """
        self._write_array(self._part(batch), records.shape, [records])

    def finish(self) -> None:
        """Join the batches into one array, then write the index, which marks the bank as complete.

        Raises:
            OSError: If the disk is full. The batches are kept.
        """
        pieces: Iterator[np.ndarray] = (np.load(self._part(batch), allow_pickle=False)
                                        for batch in self._batches)
        # In the folder of the parts, so that a partial array left by a kill is removed with them.
        self._write_array(self.out / 'features.npy', self._shape, pieces,
                          self.parts / 'features.npy')
        write_atomically(self.index,
                         [dump_index(self.header, checksums(self.out / 'features.npy'))])

    def remove_parts(self) -> None:
        """Remove the batches, which a finished bank does not need."""
        shutil.rmtree(self.parts, ignore_errors=True)

    def _part(self, batch: range) -> Path:
        return self.parts / f'{batch.start:09d}.npy'

    def _check_header(self, path: Path) -> None:
        """Raise a ValueError if an index or a plan belongs to another bank."""
        try:
            header = json.loads(path.read_text(encoding='utf-8'))
            # Banks of 0.1.0 have no hashes of their sources, and name no precision.
            header.setdefault('sources', self.header['sources'])
            header.setdefault('precision', DEFAULT_PRECISION)
            # Views come first, because the pipelines differ if the views do.
            different = [key for key in ('views', *self.header) if header[key] != self.header[key]]
        except (ValueError, KeyError, TypeError):
            raise ValueError(f'{path}: the file is damaged. Delete the folder {path.parent} and '
                             'run the same command again') from None
        if different:
            key, before, now = first_difference(
                *({different[0]: values[different[0]]} for values in (header, self.header)))
            raise ValueError(f'{path}: the bank was begun with another `{key}` ({before!s:.80}, '
                             f'now {now!s:.80}). Choose another folder with --out of '
                             'tools/extract_features.py or --bank of tools/ablate.py, or delete '
                             'this one')

    def _write_array(self, path: Path, shape: Sequence[int], pieces: Iterable[np.ndarray],
                     partial: Path | None = None) -> None:
        """Write an array piece by piece, with ``partial`` as in :func:`whole_file`."""
        with whole_file(path, 'wb', partial) as file:
            np.lib.format.write_array_header_1_0(file, dict(
                descr=np.lib.format.dtype_to_descr(self.dtype), fortran_order=False,
                shape=tuple(shape)))
            for piece in pieces:
                file.write(piece.tobytes())


def begun_header(out: Path) -> dict:
    """Return the header of the bank in a folder, also of an unfinished one.

    Args:
        out (Path): Folder of the bank.

    Returns:
        dict: The header. It is empty if there is no bank, or if its header is damaged, which
        :class:`BankWriter` reports.
    """
    for path in filter(Path.is_file, _headers(out)):
        with suppress(ValueError):
            header = json.loads(path.read_text(encoding='utf-8'))
            return header if isinstance(header, dict) else {}
    return {}


def _headers(out: Path) -> tuple[Path, Path]:
    """Return the index of a finished bank, and the plan of an unfinished one."""
    return out / 'index.json', out / 'parts' / 'plan.json'
