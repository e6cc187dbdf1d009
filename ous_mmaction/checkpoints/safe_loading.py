"""Loaders that read checkpoint files and URLs as tensors and plain data, never as code.

Importing this module registers its loaders with MMEngine, so that everything that MMEngine loads
passes through them: ``--resume``, ``load_from`` and ``init_cfg``. torch >= 2.6 refuses MMEngine's
own checkpoints with a page of advice, and torch < 2.6 executes whatever a file holds. These loaders
read them by :mod:`.plain_unpickler`, and refuse anything else in one line that says what to do.

Upstream: open-mmlab/mmengine#1655.
"""
from __future__ import annotations

import os
import pickle
import re
import sys
import urllib.error
from typing import Any
from urllib.parse import urlparse

import torch
from mmengine.dist import barrier, is_main_process
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader

from . import plain_unpickler
from .torchscript import is_torchscript, read_torchscript

CONVERT_COMMAND = (
    'python -c "import torch; c = torch.load({source!r}, \'cpu\', weights_only=False); '
    'torch.save(dict(state_dict=c.get(\'state_dict\', c)), {target!r})"')


@CheckpointLoader.register_scheme(prefixes='', force=True)
def load_from_local(filename: str, map_location: Any = None) -> dict:
    """Load a checkpoint file of tensors, plain data and MMEngine's histories of values.

    Of a TorchScript archive, the tensors are read, see :mod:`.torchscript`.

    Args:
        filename (str): Path. ``~`` is expanded.
        map_location (Any): As in :func:`torch.load`. Defaults to None.

    Returns:
        dict: Content of the file.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file is damaged, or holds anything else.
    """
    path = os.path.expanduser(filename)
    if not os.path.isfile(path):
        raise FileNotFoundError(f'{path}: the checkpoint file was not found. Check the path')
    try:
        if is_torchscript(path):
            return read_torchscript(path)
        try:
            content = torch.load(path, map_location=map_location, weights_only=True)
        except pickle.UnpicklingError:  # perhaps a checkpoint of stock MMEngine
            content = torch.load(path, map_location=map_location, weights_only=False,
                                 pickle_module=plain_unpickler)
    # Damaged bytes can fail anywhere in the reader, with any kind of exception.
    except Exception as error:
        raise ValueError(explain_refusal(path, error)) from None
    restore_history(content)
    return content


def restore_history(checkpoint: Any) -> None:
    """Turn the numbers of :class:`PlainCheckpointHook` into ``HistoryBuffer`` objects again.

    Args:
        checkpoint (Any): Loaded content of a file, changed in place if it holds such numbers.
    """
    hub = checkpoint.get('message_hub') if isinstance(checkpoint, dict) else None
    scalars = hub.get('log_scalars', {}) if isinstance(hub, dict) else {}
    for name, value in scalars.items():
        if isinstance(value, dict):
            scalars[name] = HistoryBuffer(value['log'].tolist(), value['count'].tolist(),
                                          max_length=value['max_length'])


@CheckpointLoader.register_scheme(prefixes=('http://', 'https://'), force=True)
def load_from_http(filename: str, map_location: Any = None) -> dict:
    """Download a checkpoint once into torch's hub folder and load it by :func:`load_from_local`.

    Args:
        filename (str): URL.
        map_location (Any): As in :func:`torch.load`. Defaults to None.

    Returns:
        dict: Content of the file.

    Raises:
        FileNotFoundError: If the download fails.
        ValueError: As in :func:`load_from_local`.
    """
    folder = os.path.join(torch.hub.get_dir(), 'checkpoints')
    path = os.path.join(folder, os.path.basename(urlparse(filename).path))
    if is_main_process():
        _download(filename, path)
    barrier()
    # Nodes that do not share the disk of the main process download their own copy.
    _download(filename, path)
    return load_from_local(path, map_location)


def _download(url: str, path: str) -> None:
    if os.path.exists(path):
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    try:
        torch.hub.download_url_to_file(url, path, progress=sys.stderr.isatty())
    except (urllib.error.URLError, OSError) as error:
        raise FileNotFoundError(f'{url}: the checkpoint cannot be downloaded ({error}). Download '
                                'it on another machine and pass its path') from None


def explain_refusal(path: str, error: Exception) -> str:
    """Explain in one line why a checkpoint was not loaded and what to do.

    Args:
        path (str): The file.
        error (Exception): What reading it raised.

    Returns:
        str: Error message that starts with the path.
    """
    refused = re.search(r'[Uu]nsupported (?:global: GLOBAL|GLOBAL|class) (\S+)', str(error))
    if isinstance(error, pickle.UnpicklingError) and refused:
        root, extension = os.path.splitext(path)
        command = CONVERT_COMMAND.format(source=path, target=f'{root}_weights{extension}')
        return (f'{path}: refused, because the file holds more than tensors and plain data '
                f'({refused[1]}) and loading that can execute code. If you trust its source, '
                f'extract the weights on a machine where nothing can be lost: {command}')
    reason = type(error).__name__
    if not isinstance(error, pickle.UnpicklingError) and str(error):
        reason = f'{reason}: {str(error).splitlines()[0]}'
    return (f'{path}: the file cannot be read as a checkpoint ({reason}). Download or save it '
            'again')
