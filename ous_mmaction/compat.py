"""Fixes that the host packages need to run as they come from the package index today.

:func:`apply` is called when ``ous_mmaction`` is imported, before ``mmaction.models`` or ``mmdet``.
Each fix is one function. It names its upstream issue and the condition under which it can be
removed, checks whether this environment needs it, and changes nothing otherwise.
"""
from __future__ import annotations

import importlib.util
import re
import sys
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Callable, NoReturn

import numpy as np
import torch


def apply() -> None:
    """Apply every fix that this environment needs. Calling it again changes nothing."""
    provide_mmcv_ext()
    provide_drn()
    disable_vindlu()
    restore_numpy_names()
    mend_hue()
    mend_tube_iou()


def provide_mmcv_ext() -> None:
    """Let ``mmcv.ops`` import without mmcv's compiled operators, which mmcv-lite lacks.

    mmdet imports ``mmcv.ops`` immediately, although YOLOX, RTMDet, RetinaNet and similar detectors
    only use its NMS. The stand-in gives them torchvision's NMS. Every other operator raises an
    error when it is called. Compiled operators are used if they are installed.

    Upstream: open-mmlab/mmdetection#11763 (mmdet accepts no mmcv that has wheels for torch > 2.1).
    Can be removed when: mmdet imports together with mmcv-lite, or accepts an mmcv with wheels for
    today's torch.
    """
    if _submodule_exists('mmcv._ext'):
        return
    ext = ModuleType('mmcv._ext', 'Stand-in for the compiled operators of mmcv.')
    # `find_spec` needs a spec. Without a loader in it, MMEngine sees that the operators are absent.
    ext.__spec__ = ModuleSpec('mmcv._ext', loader=None)
    ext.nms = nms
    ext.__getattr__ = _missing_operator
    sys.modules['mmcv._ext'] = ext


def nms(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float,
        offset: int = 0) -> torch.Tensor:
    """Suppress non-maxima as mmcv's compiled ``nms`` does, by torchvision.

    Args:
        boxes (Tensor): Boxes of shape (N, 4), xyxy.
        scores (Tensor): Scores of shape (N,).
        iou_threshold (float): A box is removed if its IoU with a kept box of higher score is
            greater than this.
        offset (int): 0 or 1. A box is ``x2 - x1 + offset`` wide. Defaults to 0.

    Returns:
        Tensor: Indices of the kept boxes, int64, by descending score.

    Examples:
        >>> boxes = torch.tensor([[0., 0., 4., 4.], [0., 0., 4., 5.], [6., 6., 9., 9.]])
        >>> nms(boxes, torch.tensor([0.5, 0.9, 0.7]), iou_threshold=0.5)
        tensor([1, 2])
    """
    from torchvision.ops import nms as torchvision_nms
    grown = boxes + boxes.new_tensor([0, 0, offset, offset])
    # mmcv compares in float32, where an IoU of 0.2 does not exceed a threshold of 0.2.
    threshold = torch.tensor(iou_threshold, dtype=torch.float32).item()
    return torchvision_nms(grown, scores.to(grown.dtype), threshold)


def _missing_operator(name: str) -> Callable[..., NoReturn]:
    """Return a function that stands in for a compiled operator and raises when it is called."""
    if name.startswith('__'):
        raise AttributeError(name)

    def raise_missing(*args, **kwargs) -> NoReturn:
        raise NotImplementedError(
            f'The mmcv operator {name!r} is compiled code, which mmcv-lite lacks. Run '
            "pip uninstall mmcv-lite, then pip install 'mmcv>=2.0.0,<2.2.0'")

    return raise_missing


def provide_drn() -> None:
    """Let ``mmaction.models`` import although the mmaction2 1.2.0 wheel lacks the DRN localizer.

    Upstream: open-mmlab/mmaction2#2714.
    Can be removed when: a released mmaction2 contains ``mmaction/models/localizers/drn``.
    """
    package = 'mmaction.models.localizers.drn'
    if _submodule_exists(f'{package}.drn'):
        return

    class DRN:
        """Stand-in for a localizer that the installed mmaction2 lacks."""

        def __init__(self, *args, **kwargs) -> None:
            raise NotImplementedError(
                'DRN is missing from the installed mmaction2. Install mmaction2 from its source')

    for name in (package, f'{package}.drn'):
        module = ModuleType(name, 'Stand-in for a module that the installed mmaction2 lacks.')
        module.__spec__ = ModuleSpec(name, loader=None, is_package=name == package)
        module.__path__ = []
        module.DRN = DRN
        sys.modules[name] = module


def disable_vindlu() -> None:
    """Make mmaction leave out its VindLU models if the installed ``transformers`` is too new.

    transformers 4.56 removed helpers that VindLU imports, so that all of ``mmaction.models`` fails
    to import. Without transformers, mmaction registers placeholders. This fix makes it do the same.

    Upstream: imports of ``mmaction/models/multimodal/vindlu/modeling_bert.py`` (mmaction2 1.2.0).
    Can be removed when: a released mmaction2 imports together with transformers >= 4.56.
    """
    try:
        version = metadata.version('transformers')
    except metadata.PackageNotFoundError:
        return
    if tuple(int(part) for part in re.findall(r'\d+', version)[:2]) < (4, 56):
        return
    from mmaction.utils import dependency
    dependency.WITH_MULTIMODAL = False


def restore_numpy_names() -> None:
    """Give numpy back the names that mmaction2 uses and numpy 2 dropped one after another.

    Without them, ``PoseCompact``, the average recall of proposals, ``RetrievalRecall`` and the AVA
    metric fail when they are called.

    Upstream: ``pose_transforms.py``, ``accuracy.py``, ``multimodal_metric.py`` and
    ``ava_evaluation/metrics.py`` of mmaction2 1.2.0.
    Can be removed when: a released mmaction2 uses the names of numpy 2.
    """
    for name, now in (('Inf', 'inf'), ('NAN', 'nan'), ('trapz', 'trapezoid'), ('in1d', 'isin')):
        if not hasattr(np, name):
            setattr(np, name, getattr(np, now))


def mend_hue() -> None:
    """Let mmaction's ``ColorJitter`` turn the hue by any angle.

    It adds a number to bytes. Numpy 2 refuses a negative one, and sums over 255 wrap to another
    hue. The mended form adds in int16.

    Upstream: ``ColorJitter.adjust_hue`` of mmaction2 1.2.0.
    Can be removed when: a released mmaction2 converts the hue before it adds.
    """
    import cv2
    from mmaction.datasets.transforms.processing import ColorJitter

    def adjust_hue(img: np.ndarray, factor: float) -> np.ndarray:
        hsv = cv2.cvtColor(np.clip(img, 0, 255).astype(np.uint8), cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(np.int16) + int(factor * 255)) % 180
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.float32)

    ColorJitter.adjust_hue = staticmethod(adjust_hue)


def mend_tube_iou() -> None:
    """Let mmaction's MultiSports metric cut two tubes to their common frames.

    It calls ``int`` on an array of one element, which numpy 2.4 refuses.

    Upstream: ``iou3dt_voc`` of mmaction2 1.2.0's ``multisports_utils.py``.
    Can be removed when: a released mmaction2 indexes the array.
    """
    from mmaction.evaluation.functional import multisports_utils as utils

    def iou3dt_voc(b1: np.ndarray, b2: np.ndarray, spatialonly: bool = False,
                   temporalonly: bool = False) -> float:
        first, last = max(b1[0, 0], b2[0, 0]), min(b1[-1, 0], b2[-1, 0])
        if last < first:
            return 0.
        temporal = (last - first) / (max(b1[-1, 0], b2[-1, 0]) - min(b1[0, 0], b2[0, 0]))
        if temporalonly:
            return temporal
        common = [tube[(tube[:, 0] >= first) & (tube[:, 0] <= last)] for tube in (b1, b2)]
        return utils.iou3d_voc(*common) * (1. if spatialonly else temporal)

    utils.iou3dt_voc = iou3dt_voc


def _submodule_exists(name: str) -> bool:
    """Whether the dotted `name` is or can be imported, without importing its parents."""
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
