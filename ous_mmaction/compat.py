"""What the host packages need to run as they come from the package index today.

:func:`apply` is called when ``ous_mmaction`` is imported, before ``mmaction.models`` or ``mmdet``.
Each fix is one function that names its upstream issue and the condition under which it can go,
looks whether the thing is broken in this environment, and touches nothing where it is not.
"""
from __future__ import annotations

import importlib.util
import os
import pickle
import re
import sys
import urllib.error
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from urllib.parse import urlparse

import torch

CONVERT_COMMAND = (
    'python -c "import torch; c = torch.load({source!r}, \'cpu\', weights_only=False); '
    'torch.save(dict(state_dict=c.get(\'state_dict\', c)), {target!r})"')


def apply() -> None:
    """Apply every fix that this environment needs. Calling it again changes nothing."""
    provide_mmcv_ext()
    provide_drn()
    disable_vindlu()
    load_checkpoints_safely()


def provide_mmcv_ext() -> None:
    """Let ``mmcv.ops`` import without mmcv's compiled operators, which mmcv-lite lacks.

    mmdet imports ``mmcv.ops`` at once, though YOLOX, RTMDet, RetinaNet and their like only use its
    NMS. The stand-in gives them torchvision's; every other operator raises when it is called.
    Compiled operators are used where they are.

    Upstream: open-mmlab/mmdetection#11763 (mmdet accepts no mmcv that has wheels for torch > 2.1).
    Can go when: mmdet imports beside mmcv-lite, or accepts an mmcv with wheels for today's torch.
    """
    if _submodule_exists('mmcv._ext'):
        return
    ext = ModuleType('mmcv._ext', 'Stand-in for the compiled operators of mmcv.')
    # A spec, for `find_spec` to work; no loader in it, by which MMEngine sees that ops are absent.
    ext.__spec__ = ModuleSpec('mmcv._ext', loader=None)
    ext.nms = nms
    ext.__getattr__ = _missing_operator
    sys.modules['mmcv._ext'] = ext


def nms(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float,
        offset: int = 0) -> torch.Tensor:
    """Non-maximum suppression as mmcv's compiled ``nms`` defines it, by torchvision.

    Args:
        boxes: (N, 4) xyxy.
        scores: (N,).
        iou_threshold: a box goes if its IoU with a kept, better box is greater than this.
        offset: 0 or 1; a box is ``x2 - x1 + offset`` wide.

    Returns:
        Indices of the kept boxes, int64, by falling score.
    """
    from torchvision.ops import nms as torchvision_nms
    grown = boxes + boxes.new_tensor([0, 0, offset, offset])
    # mmcv compares in float32, where an IoU of 0.2 does not exceed a threshold of 0.2.
    threshold = torch.tensor(iou_threshold, dtype=torch.float32).item()
    return torchvision_nms(grown, scores.to(grown.dtype), threshold)


def _missing_operator(name: str):
    if name.startswith('__'):
        raise AttributeError(name)

    def raise_missing(*args, **kwargs):
        raise NotImplementedError(
            f'mmcv operator {name!r} is compiled code, which mmcv-lite lacks: '
            "pip uninstall mmcv-lite, then pip install 'mmcv>=2.0.0,<2.2.0'")

    return raise_missing


def provide_drn() -> None:
    """Let ``mmaction.models`` import though the mmaction2 1.2.0 wheel lacks the DRN localizer.

    Upstream: open-mmlab/mmaction2#2714.
    Can go when: a released mmaction2 holds ``mmaction/models/localizers/drn``.
    """
    package = 'mmaction.models.localizers.drn'
    if _submodule_exists(f'{package}.drn'):
        return

    class DRN:
        """Stand-in for a localizer that the installed mmaction2 lacks."""

        def __init__(self, *args, **kwargs):
            raise NotImplementedError(
                'DRN is missing from the installed mmaction2: install mmaction2 from its source')

    for name in (package, f'{package}.drn'):
        module = ModuleType(name, 'Stand-in for a module that the installed mmaction2 lacks.')
        module.__spec__ = ModuleSpec(name, loader=None, is_package=name == package)
        module.__path__ = []
        module.DRN = DRN
        sys.modules[name] = module


def disable_vindlu() -> None:
    """Have mmaction leave out its VindLU models beside a ``transformers`` that they cannot import.

    transformers 4.56 removed helpers that VindLU imports, and then all of ``mmaction.models`` fails
    to import. mmaction registers placeholders where transformers is absent: this does the same.

    Upstream: imports of ``mmaction/models/multimodal/vindlu/modeling_bert.py`` (mmaction2 1.2.0).
    Can go when: a released mmaction2 imports beside transformers >= 4.56.
    """
    try:
        version = metadata.version('transformers')
    except metadata.PackageNotFoundError:
        return
    if tuple(int(part) for part in re.findall(r'\d+', version)[:2]) < (4, 56):
        return
    from mmaction.utils import dependency
    dependency.WITH_MULTIMODAL = False


def load_checkpoints_safely() -> None:
    """Have MMEngine read checkpoint files and URLs as tensors and plain data, never as code.

    torch >= 2.6 refuses MMEngine's own checkpoints with a page of advice, torch < 2.6 would execute
    whatever a file holds. With these loaders both refuse in one line that tells what to do.

    Upstream: open-mmlab/mmengine#1655.
    Can go when: MMEngine passes ``weights_only=True`` itself and torch < 2.6 is no longer accepted.
    """
    from mmengine.runner import CheckpointLoader
    CheckpointLoader.register_scheme('', load_from_local, force=True)
    CheckpointLoader.register_scheme(('http://', 'https://'), load_from_http, force=True)


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


def load_from_http(filename: str, map_location=None) -> dict:
    """Download a checkpoint once into torch's hub folder and load it by :func:`load_from_local`.

    Args:
        filename: URL.
        map_location: as in :func:`torch.load`.

    Raises:
        FileNotFoundError: the download failed.
        ValueError: as in :func:`load_from_local`.
    """
    from mmengine.dist import barrier, is_main_process
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


def _submodule_exists(name: str) -> bool:
    """Whether the dotted `name` is imported or can be, found without importing its parents."""
    if name in sys.modules:
        return True
    top, *rest = name.split('.')
    spec = importlib.util.find_spec(top)
    for part in rest:
        if spec is None:
            return False
        top = f'{top}.{part}'
        spec = PathFinder.find_spec(top, spec.submodule_search_locations)
    return spec is not None
