import subprocess
import sys
from pathlib import Path

import torch

ROOT = Path(__file__).parents[2]


def test_the_tool_trains_what_is_shipped(tmp_path):
    """On a few frames, the file has the tensors of the shipped one, with other values."""
    out = tmp_path / 'face_detector.pth'
    done = subprocess.run(
        [sys.executable, '-m', 'maintenance.train_face_detector', '--work-dir', tmp_path / 'work',
         '--frames', '64', '--val-frames', '20', '--out', out],
        cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("'recall': ") == 2
    shipped = ROOT / 'ous_mmaction/rendered/weights/face_detector.pth'
    new, old = (torch.load(path, weights_only=True)['state_dict'] for path in (out, shipped))
    assert {name: (tensor.shape, tensor.dtype) for name, tensor in new.items()} == {
        name: (tensor.shape, tensor.dtype) for name, tensor in old.items()}
    steps = {int(tensor) for name, tensor in new.items() if 'num_batches' in name}
    assert steps == {5 * 2}  # epochs of two batches
    assert all(tensor.isfinite().all() for tensor in new.values())
