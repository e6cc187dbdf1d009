"""Checkpoint files and URLs read as tensors and plain data, never as code.

Importing this module makes its loaders MMEngine's own, so that everything that MMEngine loads passes
through them: ``--resume``, ``load_from`` and ``init_cfg`` alike. torch >= 2.6 refuses MMEngine's own
checkpoints with a page of advice, and torch < 2.6 executes whatever a file holds; with these loaders
both refuse in one line that tells what to do.

Upstream: open-mmlab/mmengine#1655.
"""
from __future__ import annotations

import os
import pickle
import re
import sys
import urllib.error
from urllib.parse import urlparse

import torch
from mmengine.dist import barrier, is_main_process
from mmengine.runner import CheckpointLoader

CONVERT_COMMAND = (
    'python -c "import torch; c = torch.load({source!r}, \'cpu\', weights_only=False); '
    'torch.save(dict(state_dict=c.get(\'state_dict\', c)), {target!r})"')


@CheckpointLoader.register_scheme(prefixes='', force=True)
def load_from_local(filename: str, map_location=None) -> dict:
    """Load a checkpoint file that holds tensors and plain data only.

    Args:
        filename: path; ``~`` is expanded.
        map_location: as in :func:`torch.load`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, or wants to build anything but tensors and plain data.
    """
    path = os.path.expanduser(filename)
    if not os.path.isfile(path):
        raise FileNotFoundError(f'{path}: no such checkpoint file')
    try:
        return torch.load(path, map_location=map_location, weights_only=True)
    # Damaged bytes fail anywhere in the reader, as any kind of exception.
    except Exception as error:
        raise ValueError(explain_refusal(path, error)) from None


@CheckpointLoader.register_scheme(prefixes=('http://', 'https://'), force=True)
def load_from_http(filename: str, map_location=None) -> dict:
    """Download a checkpoint once into torch's hub folder and load it by :func:`load_from_local`.

    Args:
        filename: URL.
        map_location: as in :func:`torch.load`.

    Raises:
        FileNotFoundError: the download failed.
        ValueError: as in :func:`load_from_local`.
    """
    folder = os.path.join(torch.hub.get_dir(), 'checkpoints')
    path = os.path.join(folder, os.path.basename(urlparse(filename).path))
    if is_main_process():
        _download(filename, path)
    barrier()
    # Nodes that do not share the main process's disk fetch their own copy.
    _download(filename, path)
    return load_from_local(path, map_location)


def _download(url: str, path: str) -> None:
    if os.path.exists(path):
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    try:
        torch.hub.download_url_to_file(url, path, progress=sys.stderr.isatty())
    except (urllib.error.URLError, OSError) as error:
        raise FileNotFoundError(f'{url}: cannot be downloaded ({error}); '
                                'fetch it elsewhere and give its path') from None


def explain_refusal(path: str, error: Exception) -> str:
    """One line: why `path` was not loaded and what to do."""
    refused = re.search(r'[Uu]nsupported (?:global: GLOBAL|GLOBAL|class) (\S+)', str(error))
    if isinstance(error, pickle.UnpicklingError) and refused:
        root, extension = os.path.splitext(path)
        command = CONVERT_COMMAND.format(source=path, target=f'{root}_weights{extension}')
        return (f'{path}: refused, it holds more than tensors and plain data ({refused[1]}), and '
                'loading that can execute code. If you trust its source, keep the weights alone, '
                f'on a machine where nothing can be lost: {command}')
    reason = type(error).__name__
    if not isinstance(error, pickle.UnpicklingError) and str(error):
        reason = f'{reason}: {str(error).splitlines()[0]}'
    return f'{path}: cannot be read as a checkpoint ({reason}); fetch or save it again'
