"""What the host packages need to run as they come from the package index today.

:func:`apply` is called when ``ous_mmaction`` is imported, before ``mmaction.models`` or ``mmdet``.
Each fix is one function that names its upstream issue and the condition under which it can go,
looks whether the thing is broken in this environment, and touches nothing where it is not.
"""
from __future__ import annotations

import importlib.util
import re
import sys
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

import torch


def apply() -> None:
    """Apply every fix that this environment needs. Calling it again changes nothing."""
    provide_mmcv_ext()
    provide_drn()
    disable_vindlu()


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
