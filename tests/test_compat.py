import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from .processes import run_ranks

COMPAT = Path(__file__).parents[1] / 'ous_mmaction' / 'compat.py'


def load_compat():
    """Load the module by itself, because importing the package would apply it."""
    spec = importlib.util.spec_from_file_location('compat', COMPAT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compat = load_compat()


def run_python(code, path):
    """Run `code` in a process that has imported `compat` and finds packages first in `path`."""
    head = (f'import sys; sys.path.insert(0, {str(path)!r}); '
            f'sys.path.insert(1, {str(COMPAT.parent)!r}); import compat\n')
    return subprocess.run([sys.executable, '-c', head + code], capture_output=True, text=True)


def write_package(root, *modules):
    """Write empty modules by dotted name, including their packages."""
    for name in modules:
        path = root.joinpath(*name.split('.')).with_suffix('.py')
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        for parent in path.parents:
            if parent == root:
                break
            (parent / '__init__.py').touch()


def write_transformers(root, version):
    """Write a transformers of that version that, like 4.56, has nothing that VindLU imports."""
    write_package(root, 'transformers.modeling_utils', 'transformers.configuration_utils')
    # What torch 2.1's compiler reads where transformers is installed.
    (root / 'transformers/__init__.py').write_text('from . import configuration_utils\n')
    (root / 'transformers/configuration_utils.py').write_text('class PretrainedConfig: pass\n')
    info = root / f'transformers-{version}.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text(f'Name: transformers\nVersion: {version}\n')


def brute_force_nms(boxes, scores, threshold, offset):
    kept = []
    for i in np.argsort(-scores):
        for k in kept:
            left, top = np.maximum(boxes[i, :2], boxes[k, :2])
            right, bottom = np.minimum(boxes[i, 2:], boxes[k, 2:])
            inter = max(0., right - left + offset) * max(0., bottom - top + offset)
            areas = [(b[2] - b[0] + offset) * (b[3] - b[1] + offset) for b in (boxes[i], boxes[k])]
            if inter / (sum(areas) - inter) > threshold:
                break
        else:
            kept.append(i)
    return kept


@pytest.mark.parametrize('offset', [0, 1])
@pytest.mark.parametrize('threshold', [0.2, 0.5, 0.75])
def test_nms_is_mmcvs(threshold, offset):
    rng = np.random.default_rng(5)
    corner = rng.integers(0, 30, (200, 2))
    boxes = np.hstack([corner, corner + rng.integers(3, 12, (200, 2))]).astype(np.float32)
    scores = rng.permutation(200).astype(np.float32) / 200
    kept = compat.nms(torch.from_numpy(boxes), torch.from_numpy(scores), threshold, offset)
    assert kept.tolist() == brute_force_nms(boxes.astype(float), scores, threshold, offset)


def test_nms_of_no_boxes():
    assert compat.nms(torch.zeros(0, 4), torch.zeros(0), 0.5).tolist() == []


def test_hosts_import_and_missing_parts_say_so_when_used():
    done = run_python("""
compat.apply()
before = {name: sys.modules[name] for name in sys.modules if 'drn' in name or '_ext' in name}
compat.apply()
assert all(sys.modules[name] is module for name, module in before.items())
import mmaction.models, mmdet.apis, mmcv._ext, torch
from importlib.util import find_spec
from mmcv.ops import batched_nms, roi_align
from mmengine.utils.dl_utils.misc import mmcv_full_available
assert find_spec('mmcv._ext') is not None
if not mmcv_full_available():
    try:
        roi_align(torch.zeros(1, 1, 4, 4), torch.zeros(1, 5), 2)
    except NotImplementedError as error:
        assert 'roi_align_forward' in str(error) and 'pip install' in str(error)
    else:
        raise AssertionError('roi_align ran without compiled operators')
dets, kept = batched_nms(torch.tensor([[0., 0, 4, 4], [0, 0, 4, 4.1], [0, 0, 4, 4]]),
                         torch.tensor([.5, .9, .7]), torch.tensor([0, 0, 1]),
                         dict(type='nms', iou_threshold=.5))
assert kept.tolist() == [1, 2], kept
""", path='')
    assert done.returncode == 0, done.stderr


def test_what_is_there_is_left_alone(tmp_path):
    write_package(tmp_path, 'mmaction.models.localizers.drn.drn', 'mmcv._ext')
    write_transformers(tmp_path, '4.55.4')
    done = run_python("""
compat.provide_drn(), compat.provide_mmcv_ext(), compat.disable_vindlu()
assert not [name for name in sys.modules if name.startswith(('mmaction', 'mmcv'))], sys.modules
import mmcv._ext, mmaction.models.localizers.drn.drn as drn
assert mmcv._ext.__file__ and drn.__file__
""", tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize('fix, outcome', [('', 1), ('compat.disable_vindlu()', 0)])
def test_new_transformers_does_not_take_mmaction_down(tmp_path, fix, outcome):
    write_transformers(tmp_path, '4.56.0')
    done = run_python(f'compat.provide_drn()\n{fix}\nimport mmaction.models', tmp_path)
    assert done.returncode == outcome, done.stderr
    assert ('transformers' in done.stderr) == bool(outcome)


def test_mmaction_shifts_the_hue():
    """Red becomes green forward and blue backward; a transform of a pipeline draws such shifts."""
    from mmaction.datasets.transforms import ColorJitter

    import ous_mmaction  # noqa: F401
    red = np.zeros((2, 3, 3), np.uint8)
    red[..., 0] = 255
    for factor, channel in ((60.5 / 255, 1), (-60.5 / 255, 2)):
        expected = np.zeros((2, 3, 3), np.float32)
        expected[..., channel] = 255
        np.testing.assert_array_equal(ColorJitter.adjust_hue(red, factor), expected)
        np.testing.assert_array_equal(compat.adjust_hue(red, factor), expected)
    np.random.seed(0)
    for _ in range(4):
        (image,) = ColorJitter(hue=0.5).transform(dict(imgs=[red]))['imgs']
        assert image.shape == red.shape and image.dtype == np.uint8


def test_mmaction_runs_on_this_numpy():
    """PoseCompact, average recall and recall of retrieval, with results that can be counted."""
    from mmaction.datasets.transforms import PoseCompact
    from mmaction.evaluation.functional import average_recall_at_avg_proposals
    from mmaction.evaluation.metrics import RetrievalRecall

    import ous_mmaction  # noqa: F401
    keypoints = np.float32([[[[40, 40], [80, 80]]]])
    out = PoseCompact(padding=0., threshold=10).transform(
        dict(img_shape=(100, 100), keypoint=keypoints))
    assert out['img_shape'] == (40, 40)
    truth = dict(video=np.float64([[0, 1], [4, 5]]))
    found = dict(video=np.float64([[0, 1, 0.9], [8, 9, 0.8]]))
    recall, mean, proposals, area = average_recall_at_avg_proposals(truth, found, 2)
    heights = (mean[1:] + mean[:-1]) / 2
    assert mean[-1] == 0.5
    assert area == pytest.approx(100 * (heights * np.diff(proposals)).sum() / proposals[-1])
    assert RetrievalRecall.calculate([[0, 1], [2, 3]], [[1], [4]], topk=(1, 2), pred_indices=True,
                                     target_indices=True) == [0., 50.]


def test_tubes_overlap():
    """Frames 3 to 6 of tubes of frames 0 to 6 and 3 to 9, boxes half of which overlap."""
    from mmaction.evaluation.functional import multisports_utils

    import ous_mmaction  # noqa: F401
    first = np.float32([[frame, 0, 0, 9, 9] for frame in range(7)])
    second = np.float32([[frame, 5, 0, 14, 9] for frame in range(3, 10)])
    spatial, temporal = 36 / (81 + 81 - 36), 3 / 9
    for iou in (multisports_utils.iou3dt_voc, compat.tube_iou):
        assert iou(first, second) == pytest.approx(spatial * temporal)
        assert iou(first, second, spatialonly=True) == pytest.approx(spatial)
        assert iou(first, second, temporalonly=True) == pytest.approx(temporal)
        assert iou(first, second + np.float32([9, 0, 0, 0, 0])) == 0


def test_configs_of_this_package_have_a_name():
    """Where they lie once the package is installed is shown in test_packaging.py."""
    from mmengine.config.utils import _get_package_and_cfg_path

    import ous_mmaction  # noqa: F401
    assert _get_package_and_cfg_path('ous_mmaction::_base_/ous.py') == ('ous_mmaction',
                                                                       '_base_/ous.py')


def dump_results(rank, port, path):
    import ous_mmaction  # noqa: F401
    torch.distributed.init_process_group('gloo', f'tcp://127.0.0.1:{port}', world_size=2, rank=rank)
    from mmengine.hooks import logger_hook
    logger_hook.dump(dict(rank=rank), f'{path}/{rank}.json')
    torch.distributed.destroy_process_group()


def test_one_process_writes_the_results_of_a_test(free_port, tmp_path):
    run_ranks(dump_results, free_port, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['0.json']
