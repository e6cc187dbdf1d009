import pytest
import torch
from mmaction.structures import ActionDataSample

from ous_mmaction.models.structures import FaceSceneFeatures, StreamFeatures


@pytest.fixture
def batch():
    """Both streams of three clips of four frames; the last clip has two frames of padding."""
    mask = torch.ones(3, 4, dtype=torch.bool)
    mask[2, 2:] = False
    return dict(face=torch.randn(3, 4, 3, 32, 32), scene=torch.randn(3, 4, 3, 32, 32), mask=mask)


@pytest.fixture
def samples():
    return [ActionDataSample().set_gt_label(label) for label in (0, 2, 6)]


@pytest.fixture
def streams(batch):
    return StreamFeatures(torch.randn(3, 4, 32), torch.randn(3, 4, 32), batch['mask'],
                          torch.randn(3, 4, 48))


@pytest.fixture
def features(batch):
    tokens = torch.randn(3, 4, 32)
    return FaceSceneFeatures(tokens, batch['mask'], tokens.mean(1), torch.randn(3, 32),
                             torch.randn(3, 32), torch.randn(3, 3))
