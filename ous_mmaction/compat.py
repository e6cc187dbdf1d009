"""Fixes that the host packages need to run as they come from the package index today.

:func:`apply` is called when ``ous_mmaction`` is imported, before ``mmaction.models`` or ``mmdet``.
Each fix is one function. It names its upstream issue and the condition under which it can be
removed, checks whether this environment needs it, and changes nothing otherwise.
"""
from __future__ import annotations

import importlib.util
import re
import sys
import warnings
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Callable, NoReturn

import cv2
import numpy as np
import torch


def apply() -> None:
    """Apply every fix that this environment needs. Calling it again changes nothing."""
    provide_mmcv_ext()
    provide_drn()
    disable_vindlu()
    restore_numpy_names()
    mend_color_jitter()
    mend_tube_iou()
    name_configs()
    write_test_results_once()


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
    """Give numpy the names back that mmaction2 1.2.0 uses and numpy 2 has removed.

    PoseCompact (``Inf``), average recall (``trapz``), the retrieval metric (``in1d``) and the AVA
    metric (``NAN``) read them.

    Upstream: none; mmaction2 1.2.0 is older than numpy 2.
    Can be removed when: a released mmaction2 runs on numpy 2.4.
    """
    for old, new in (('Inf', 'inf'), ('NAN', 'nan'), ('trapz', 'trapezoid'), ('in1d', 'isin')):
        if not hasattr(np, old):
            setattr(np, old, getattr(np, new))


def mend_color_jitter() -> None:
    """Let mmaction's ``ColorJitter`` shift the hue with numpy 2, which adds no -10 to uint8.

    Upstream: ``mmaction/datasets/transforms/processing.py`` (mmaction2 1.2.0).
    Can be removed when: a released mmaction2 runs on numpy 2.
    """
    from mmaction.datasets.transforms import ColorJitter
    try:
        ColorJitter.adjust_hue(np.zeros((1, 1, 3), np.uint8), -0.1)
    except OverflowError:
        ColorJitter.adjust_hue = staticmethod(adjust_hue)


def adjust_hue(image: np.ndarray, factor: float) -> np.ndarray:
    """Shift the hue of an image.

    Args:
        image (np.ndarray): RGB of shape (H, W, 3), in [0, 255].
        factor (float): Shift; 180/255 is a full turn, as in mmaction2.

    Returns:
        np.ndarray: float32 RGB of shape (H, W, 3).
    """
    hsv = cv2.cvtColor(np.clip(image, 0, 255).astype(np.uint8), cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + int(factor * 255)) % 180
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.float32)


def mend_tube_iou() -> None:
    """Let mmaction's multi-sports metric run with numpy 2.4, whose arrays of one are no numbers.

    Upstream: ``mmaction/evaluation/functional/multisports_utils.py`` (mmaction2 1.2.0).
    Can be removed when: a released mmaction2 runs on numpy 2.4.
    """
    from mmaction.evaluation.functional import multisports_utils
    tube = np.float32([[0, 0, 0, 1, 1], [1, 0, 0, 1, 1]])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', DeprecationWarning)
            multisports_utils.iou3dt_voc(tube, tube)
    except TypeError:
        multisports_utils.iou3dt_voc = tube_iou


def tube_iou(first: np.ndarray, second: np.ndarray, spatialonly: bool = False,
             temporalonly: bool = False) -> float:
    """Return the IoU of two tubes, the mean over their common frames times that of their times.

    Args:
        first (np.ndarray): Rows of frame, x1, y1, x2, y2 by frame.
        second (np.ndarray): The other tube.
        spatialonly (bool): Leave out the IoU of the times. Defaults to False.
        temporalonly (bool): Return that alone. Defaults to False.

    Returns:
        float: The IoU; 0 if the tubes have no time in common.
    """
    from mmaction.evaluation.functional.multisports_utils import iou3d_voc
    starts, ends = zip(*((tube[0, 0], tube[-1, 0]) for tube in (first, second)))
    if min(ends) < max(starts):
        return 0.
    share = (min(ends) - max(starts)) / (max(ends) - min(starts))
    if temporalonly:
        return share
    common = [tube[(tube[:, 0] >= max(starts)) & (tube[:, 0] <= min(ends))]
              for tube in (first, second)]
    return iou3d_voc(*common) * (1. if spatialonly else share)


def write_test_results_once() -> None:
    """Let one process write the results of a distributed test.

    MMEngine's logger hook writes its JSON file from every process at the same time, so that now and
    then the file holds the end of a longer text behind that of a shorter one.

    Upstream: ``LoggerHook.after_test_epoch`` of mmengine 0.10.7.
    Can be removed when: MMEngine writes the file in the main process alone.
    """
    from mmengine.dist import master_only
    from mmengine.hooks import logger_hook
    if not hasattr(logger_hook.dump, '__wrapped__'):
        logger_hook.dump = master_only(logger_hook.dump)


def name_configs() -> None:
    """Let MMEngine find the configs of this package: ``_base_ = 'ous_mmaction::_base_/ous.py'``.

    It works if the package is installed and imported before the config is read.

    Upstream: mmengine knows the packages of OpenMMLab alone.
    Can be removed when: MMEngine accepts the name of any installed package.
    """
    from mmengine.config.utils import MODULE2PACKAGE
    MODULE2PACKAGE.setdefault('ous_mmaction', 'ous_mmaction')


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
