from pathlib import Path

import open_clip
import pytest
import torch
from mmengine.registry import init_default_scope

import ous_mmaction  # noqa: F401

init_default_scope('mmaction')
open_clip.add_model_config(Path(__file__).parent / 'assets' / 'vit_test.json')

DFEW = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']


@pytest.fixture
def class_names():
    return list(DFEW)


@pytest.fixture
def clip_cfg():
    """A tiny open_clip model with random weights: D = 32, W = 48, 32 px, 5 blocks."""
    return dict(model='vit_test')


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)
