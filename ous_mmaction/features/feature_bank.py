"""Features of a dataset's clips on disk: how they lie there, and how they are checked and read.

A bank is a folder of two files. ``features.npy`` is a plain numpy file, one record for each clip
and view, with the fields ``face`` (T, D), ``scene`` (T, D), ``mask`` (T,) and ``taps`` (L, W).
``index.json`` says what the records belong to and holds their checksums.
"""
from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

FORMAT = 'ous_mmaction/feature_bank'
VERSION = 1
SHARD_BYTES = 1 << 24
_TORCH_DTYPES = {'float16': torch.float16, 'float32': torch.float32, 'bool': torch.bool}
_AGAIN = 'delete the folder and run tools/extract_features.py again'


def record_dtype(dtype: str, frames: int, channels: int,
                 taps: Sequence[int] | None) -> np.dtype:
    """The layout of a record.

    Args:
        dtype (str): ``'float16'`` or ``'float32'``.
        frames (int): T.
        channels (int): D.
        taps (Sequence[int], optional): L and W; None where the encoder gives no taps.
    """
    fields = [('face', dtype, (frames, channels)), ('scene', dtype, (frames, channels))]
    if taps is not None:
        fields.append(('taps', dtype, tuple(taps)))
    # Aligned: T may be odd, and numbers are read where they lie.
    return np.dtype([*fields, ('mask', 'bool', (frames,))], align=True)


def plain(value):
    """The same data as JSON gives it back: a config's dicts and tuples as dicts and lists."""
    return json.loads(json.dumps(value, default=repr))


def checksums(path: str | Path) -> list[str]:
    """32 hex digits for each 16 MiB of a file, computed in memory that does not grow with it."""

    def digest(start: int) -> str:
        with open(path, 'rb') as file:
            file.seek(start)
            return hashlib.blake2b(file.read(SHARD_BYTES), digest_size=16).hexdigest()

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(digest, range(0, os.path.getsize(path), SHARD_BYTES)))


def dump_index(header: dict, shards: Sequence[str]) -> str:
    """The text of ``index.json``; the last entry is a checksum of all others."""
    content = dict(header, shards=list(shards))
    return json.dumps(dict(content, checksum=_checksum(content)), ensure_ascii=False, indent=1)


def _checksum(content: dict) -> str:
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()


class FeatureBank:
    """A bank that was found whole.

    Args:
        path (str | Path): Folder that ``tools/extract_features.py`` wrote.

    Attributes:
        header (dict): What ``index.json`` says: ``dataset``, ``clip``, ``decoder``, ``pipelines``,
            ``views``, ``frames``, ``channels``, ``taps``, ``dtype``, ``clips`` and more.
        rows (dict[str, int]): Clip id -> number of the clip.
        records (np.memmap): (clips, 1 + views) records. View 0 is the test pipeline's, the others
            are draws of the train pipeline.

    Raises:
        FileNotFoundError: If there is no bank, or it is unfinished.
        ValueError: If a byte of it is not as it was written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.header = self._read_index()
        self.rows = {clip_id: row for row, (clip_id, _) in enumerate(self.header['clips'])}
        features = self.path / 'features.npy'
        if not features.is_file():
            raise FileNotFoundError(f'{features}: features file not found; copy the whole folder, '
                                    f'or {_AGAIN}')
        self._verify(features)
        # Private, because torch takes no memory that is read-only; nothing writes to it.
        self.records = np.load(features, mmap_mode='c', allow_pickle=False)
        self._tables: dict[torch.device, Tensor] = {}

    @property
    def views(self) -> int:
        """How many augmented views a clip has."""
        return self.header['views']

    def _read_index(self) -> dict:
        index = self.path / 'index.json'
        if not index.is_file():
            state = 'not there' if not (self.path / 'parts').is_dir() else 'not finished'
            raise FileNotFoundError(f'{index}: the feature bank is {state}; write it with '
                                    'tools/extract_features.py, or correct the key `bank`')
        try:
            content = json.loads(index.read_text(encoding='utf-8'))
            whole = content.pop('checksum') == _checksum(content)
            form = content['format'], content['version']
        except (ValueError, KeyError, TypeError, AttributeError):
            whole = False
        if not whole:
            raise ValueError(f'{index}: the index is damaged; copy the bank again, or {_AGAIN}')
        if form != (FORMAT, VERSION):
            raise ValueError(f'{index}: {form[0]} of version {form[1]}, this package reads {FORMAT}'
                             f' of version {VERSION}; {_AGAIN}')
        return content

    def _verify(self, features: Path) -> None:
        """Compare the file with its checksums."""
        found, expected = checksums(features), self.header['shards']
        if found != expected:
            shard = next((number for number, pair in enumerate(zip(found, expected))
                          if pair[0] != pair[1]), min(len(found), len(expected)))
            raise ValueError(f'{features}: damaged or cut off behind byte {shard * SHARD_BYTES}, '
                             f'`shards` in index.json has another checksum; copy the bank again, '
                             f'or {_AGAIN}')

    def check_clip_model(self, clip_model) -> None:
        """Compare the CLIP that the features are of with a :class:`FrozenCLIP`.

        Raises:
            ValueError: If they are not the same.
        """
        made_by = self.header['clip']
        if made_by['fingerprint'] != clip_model.fingerprint:
            raise ValueError(
                f'{self.path}: features of CLIP {made_by["model"]}/{made_by["pretrained"]} '
                f'({made_by["fingerprint"][:12]}), the config has {clip_model.name}/{clip_model.pretrained} '
                f'({clip_model.fingerprint[:12]}); set the key `clip_model` to the former, or name another '
                'folder in the key `bank`')

    def check_pipeline(self, name: str, pipeline: Sequence[dict]) -> None:
        """Compare the transforms that the features were made by with a config's.

        Args:
            name (str): ``'test'`` or ``'train'``.
            pipeline (Sequence[dict]): The config's transforms, down from the pixels.

        Raises:
            ValueError: If they are not the same.
        """
        made_by, wanted = self.header['pipelines'][name], plain(pipeline)
        if made_by != wanted:
            step = next((number for number, pair in enumerate(zip(made_by, wanted))
                         if pair[0] != pair[1]), min(len(made_by), len(wanted)))
            before, now = (steps[step] if step < len(steps) else 'nothing'
                           for steps in (made_by, wanted))
            raise ValueError(f'{self.path}: step {step} of the {name} pipeline was {before} when '
                             f'the features were made, the config has {now} in `{name}_pipeline`; '
                             'put it back, or extract into another folder')

    def table(self, device: str | torch.device = 'cpu') -> Tensor:
        """(clips * (1 + views), bytes) uint8: the records' bytes.

        On the CPU they are in the file's own memory; another device gets one copy.
        """
        device = torch.device(device)
        if device not in self._tables:
            flat = self.records.reshape(-1)
            rows = torch.from_numpy(flat.view(np.uint8).reshape(len(flat), -1))
            self._tables[device] = rows.to(device)
        return self._tables[device]

    def __reduce__(self) -> tuple:
        # Worker processes open the file, and a copy of a model reads the same bank.
        return open_bank, (self.path, )

    def unpack(self, rows: Tensor) -> dict[str, Tensor]:
        """Fields of some records of :meth:`table`.

        Args:
            rows (Tensor): (B, bytes) uint8 on any device.

        Returns:
            dict[str, Tensor]: ``face``, ``scene`` (B, T, D) and, if the bank has them, ``taps``
            (B, L, W), float32; ``mask`` (B, T) bool.
        """
        fields = {}
        for name, (dtype, offset) in self.records.dtype.fields.items():
            value = rows[:, offset:offset + dtype.itemsize].contiguous()
            value = value.view(_TORCH_DTYPES[dtype.base.name]).reshape(len(rows), *dtype.shape)
            fields[name] = value if name == 'mask' else value.float()
        return fields


def open_bank(path: str | Path) -> FeatureBank:
    """The bank of a folder, checked and opened once per process.

    Raises:
        FileNotFoundError, ValueError: See :class:`FeatureBank`.
    """
    files = [Path(path, name) for name in ('index.json', 'features.npy')]
    return _open(os.fspath(path), *(file.stat().st_mtime_ns for file in files if file.is_file()))


@functools.cache
def _open(path: str, *times: int) -> FeatureBank:
    return FeatureBank(path)
