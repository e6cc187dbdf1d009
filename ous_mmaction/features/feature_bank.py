"""Features of a dataset's clips on disk: their layout, their verification and their reading.

A bank is a folder of two files. ``features.npy`` is a plain numpy file with one record per clip and
view. The fields of a record are ``face`` of shape (T, D), ``scene`` of shape (T, D), ``mask`` of
shape (T,) and ``taps`` of shape (L, W). ``index.json`` describes what the records belong to and
holds their checksums.
"""
from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from torch import Tensor

from ..models.frozen_clip import FrozenCLIP

FORMAT = 'ous_mmaction/feature_bank'
VERSION = 1
SHARD_BYTES = 1 << 24
DEFAULT_PRECISION = 'fp32'  # of banks that name none
_TORCH_DTYPES = {'float16': torch.float16, 'float32': torch.float32, 'bool': torch.bool}
_EXTRACT_AGAIN = 'delete the folder and run tools/extract_features.py again'


def record_dtype(dtype: str, frames: int, channels: int,
                 taps: Sequence[int] | None) -> np.dtype:
    """Return the layout of a record.

    Args:
        dtype (str): ``'float16'`` or ``'float32'``.
        frames (int): Number of frames, T.
        channels (int): Width of the features, D.
        taps (Sequence[int], optional): Number and width of the taps, L and W. None if the encoder
            has no taps.

    Returns:
        np.dtype: The layout.

    Examples:
        >>> record_dtype('float16', frames=16, channels=8, taps=None).names
        ('face', 'scene', 'mask')
    """
    fields = [('face', dtype, (frames, channels)), ('scene', dtype, (frames, channels))]
    if taps is not None:
        fields.append(('taps', dtype, tuple(taps)))
    # Aligned, because T may be odd and torch reads the numbers in place.
    return np.dtype([*fields, ('mask', 'bool', (frames,))], align=True)


def json_round_trip(value: Any) -> Any:
    """Return a value as it reads after a round trip through JSON.

    A config's dicts and tuples become plain dicts and lists.

    Examples:
        >>> json_round_trip(dict(size=(224, 224)))
        {'size': [224, 224]}
    """
    return json.loads(json.dumps(value, default=repr))


def checksums(path: str | Path) -> list[str]:
    """Compute one checksum per 16 MiB of a file, in memory that does not grow with the file.

    Args:
        path (str | Path): The file.

    Returns:
        list[str]: 32 hex digits per 16 MiB.
    """

    def digest(start: int) -> str:
        with open(path, 'rb') as file:
            file.seek(start)
            return hashlib.blake2b(file.read(SHARD_BYTES), digest_size=16).hexdigest()

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(digest, range(0, os.path.getsize(path), SHARD_BYTES)))


def dump_index(header: dict, shards: Sequence[str]) -> str:
    """Return the text of ``index.json``, whose last entry is a checksum of all other entries.

    Args:
        header (dict): Everything that the features depend on.
        shards (Sequence[str]): Checksums of ``features.npy``, see :func:`checksums`.

    Returns:
        str: The text.
    """
    content = dict(header, shards=list(shards))
    return json.dumps(dict(content, checksum=_checksum(content)), ensure_ascii=False, indent=1)


def _checksum(content: dict) -> str:
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()


class FeatureBank:
    """A feature bank, verified when it is opened.

    Args:
        path (str | Path): Folder that ``tools/extract_features.py`` wrote.

    Attributes:
        header (dict): Content of ``index.json``: ``dataset``, ``clip``, ``decoder``, ``pipelines``,
            ``views``, ``frames``, ``channels``, ``taps``, ``dtype``, ``clips``, ``sources`` and
            more.
        rows (dict[str, int]): Index of each clip by clip id.
        records (np.memmap): Records of shape (clips, 1 + views). View 0 is that of the test
            pipeline, and the others are draws of the train pipeline.

    Raises:
        FileNotFoundError: If the bank is missing or unfinished.
        ValueError: If a byte of it has changed since it was written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.header = self._read_index()
        self.rows = {clip_id: row for row, (clip_id, _) in enumerate(self.header['clips'])}
        features = self.path / 'features.npy'
        if not features.is_file():
            raise FileNotFoundError(f'{features}: the features file was not found. Copy the whole '
                                    f'folder, or {_EXTRACT_AGAIN}')
        self._verify(features)
        if 'sources' not in self.header:
            print_log(f'{self.path}: the bank is of version 0.1.0 and does not say which face '
                      'boxes and files it was made from, so that they are not compared',
                      'current', logging.WARNING)
        # Copy on write, because torch refuses read-only memory. Nothing writes to it.
        self.records = np.load(features, mmap_mode='c', allow_pickle=False)
        self._tables: dict[torch.device, Tensor] = {}

    @property
    def views(self) -> int:
        """Number of augmented views per clip."""
        return self.header['views']

    @property
    def precision(self) -> str:
        """Precision in which CLIP computed the features."""
        return self.header.get('precision', DEFAULT_PRECISION)

    def _read_index(self) -> dict:
        index = self.path / 'index.json'
        if not index.is_file():
            state = 'is not finished' if (self.path / 'parts').is_dir() else 'was not found'
            raise FileNotFoundError(f'{index}: the feature bank {state}. Write it with '
                                    'tools/extract_features.py, or correct the key `bank`')
        try:
            content = json.loads(index.read_text(encoding='utf-8'))
            whole = content.pop('checksum') == _checksum(content)
            file_format = content['format'], content['version']
        except (ValueError, KeyError, TypeError, AttributeError):
            whole = False
        if not whole:
            raise ValueError(f'{index}: the index is damaged. Copy the bank again, or '
                             f'{_EXTRACT_AGAIN}')
        if file_format != (FORMAT, VERSION):
            raise ValueError(f'{index}: the bank is {file_format[0]} of version {file_format[1]}, '
                             f'but this package reads {FORMAT} of version {VERSION}. '
                             f'{_EXTRACT_AGAIN.capitalize()}')
        return content

    def _verify(self, features: Path) -> None:
        """Raise a ValueError if the file does not match its checksums."""
        actual, expected = checksums(features), self.header['shards']
        if actual != expected:
            shard = _first_difference(actual, expected)
            raise ValueError(f'{features}: the file is damaged or cut off after byte '
                             f'{shard * SHARD_BYTES}, where `shards` in index.json has another '
                             f'checksum. Copy the bank again, or {_EXTRACT_AGAIN}')

    def check_clip_model(self, clip_model: FrozenCLIP) -> None:
        """Check that the features were made with a given CLIP.

        Args:
            clip_model (FrozenCLIP): The config's CLIP.

        Raises:
            ValueError: If they were made with another one.
        """
        made_with = self.header['clip']
        if made_with['fingerprint'] != clip_model.fingerprint:
            raise ValueError(
                f'{self.path}: the features were made with CLIP {made_with["model"]}/'
                f'{made_with["pretrained"]} ({made_with["fingerprint"][:12]}), but the config has '
                f'{clip_model.name}/{clip_model.pretrained} ({clip_model.fingerprint[:12]}). Set '
                'the key `clip_model` to the former, or name another folder in the key `bank`')

    def check_pipeline(self, name: str, pipeline: Sequence[dict]) -> None:
        """Check that the features were made with the transforms of a config.

        Args:
            name (str): ``'test'`` or ``'train'``.
            pipeline (Sequence[dict]): The config's transforms from pixels.

        Raises:
            ValueError: If they were made with other transforms.
        """
        made_with, configured = self.header['pipelines'][name], json_round_trip(pipeline)
        if made_with != configured:
            step = _first_difference(made_with, configured)
            before, now = (steps[step] if step < len(steps) else 'nothing'
                           for steps in (made_with, configured))
            raise ValueError(f'{self.path}: step {step} of the {name} pipeline was {before} when '
                             f'the features were made, but the config has {now} in '
                             f'`{name}_pipeline`. Restore that step, or extract into another '
                             'folder')

    def check_sources(self, kind: str, where: str, digests: Mapping[str, str | None]) -> None:
        """Check that the features were made from the present face boxes or files.

        Args:
            kind (str): ``'boxes'`` or ``'files'``.
            where (str): File that holds the present hashes, for the message.
            digests (Mapping[str, str | None]): Present hashes by clip id. Those that are None, now
                or in the bank, are not compared.

        Raises:
            ValueError: If a hash differs.
        """
        made_from = dict(zip(self.rows, self.header.get('sources', {}).get(kind, [])))
        changed = [clip_id for clip_id, digest in digests.items()
                   if None not in (digest, made_from.get(clip_id)) and
                   digest != made_from[clip_id]]
        if changed:
            name = dict(boxes='face boxes', files='files')[kind]
            raise ValueError(f'{self.path}: the {name} of {len(changed)} of {len(digests)} clips '
                             f'(first: {changed[0]}) have changed since the features were made, '
                             f'see {where}. Restore them, or {_EXTRACT_AGAIN}')

    def table(self, device: str | torch.device = 'cpu') -> Tensor:
        """Return the bytes of all records.

        On the CPU, the table is the memory of the mapped file. Another device gets one copy.

        Args:
            device (str | torch.device): Device of the table. Defaults to ``'cpu'``.

        Returns:
            Tensor: uint8 of shape (clips * (1 + views), bytes).
        """
        device = torch.device(device)
        if device not in self._tables:
            flat = self.records.reshape(-1)
            rows = torch.from_numpy(flat.view(np.uint8).reshape(len(flat), -1))
            self._tables[device] = rows.to(device)
        return self._tables[device]

    def __reduce__(self) -> tuple:
        # A pickled bank is opened again in a worker process, and a copied model shares its bank.
        return open_bank, (self.path, )

    def unpack(self, rows: Tensor) -> dict[str, Tensor]:
        """Unpack the fields of some rows of :meth:`table`.

        Args:
            rows (Tensor): uint8 of shape (B, bytes) on any device.

        Returns:
            dict[str, Tensor]: ``face`` and ``scene``, float32 of shape (B, T, D); ``mask``, bool of
            shape (B, T); and, if the bank has taps, ``taps``, float32 of shape (B, L, W).
        """
        fields = {}
        for name, (dtype, offset) in self.records.dtype.fields.items():
            value = rows[:, offset:offset + dtype.itemsize].contiguous()
            value = value.view(_TORCH_DTYPES[dtype.base.name]).reshape(len(rows), *dtype.shape)
            fields[name] = value if name == 'mask' else value.float()
        return fields


def open_bank(path: str | Path) -> FeatureBank:
    """Open the bank of a folder, at most once per process.

    Args:
        path (str | Path): Folder that ``tools/extract_features.py`` wrote.

    Returns:
        FeatureBank: The verified bank.

    Raises:
        FileNotFoundError: If the bank is missing or unfinished.
        ValueError: If the bank is damaged.
    """
    files = [Path(path, name) for name in ('index.json', 'features.npy')]
    return _open(os.fspath(path), *(file.stat().st_mtime_ns for file in files if file.is_file()))


def _first_difference(a: Sequence, b: Sequence) -> int:
    """Return the first index at which two sequences differ, or the length of the shorter one."""
    return next((index for index, (left, right) in enumerate(zip(a, b)) if left != right),
                min(len(a), len(b)))


@functools.cache
def _open(path: str, *times: int) -> FeatureBank:
    return FeatureBank(path)
