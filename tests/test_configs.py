from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config

from ous_mmaction.engine import FusedAdam

CONFIGS = Path(__file__).parents[1] / 'configs'
PAPER = sorted(path.name for path in CONFIGS.glob('ous_*.py'))


def load(name):
    config = Config.fromfile(CONFIGS / name)
    if config.model.backbone.clip_model.pretrained == 'openai':
        config.model.backbone.clip_model.pretrained = None
    return config


@pytest.mark.parametrize('name', PAPER)
def test_class_names_dataset_and_head_share_one_order(name):
    config = load(name)
    names = config.model.cls_head.class_names
    for loader in ('train', 'val', 'test'):
        assert config[f'{loader}_dataloader'].dataset.classes == names


@pytest.mark.parametrize('name', ['ous_dfew.py', 'ous_ferv39k.py', 'ous_mafw.py'])
def test_paper_settings(name):
    config = load(name)
    assert config.optim_wrapper.optimizer == dict(type='FusedAdam', lr=0.002)
    assert issubclass(FusedAdam, torch.optim.Adam)
    assert config.train_cfg.max_epochs == 60
    assert 4 * config.train_dataloader.batch_size == 16
    assert config.param_scheduler.patience + 1 == 5
    assert config.param_scheduler.factor == pytest.approx(1 / 3)
    head = config.model.cls_head
    assert (head.num_prompt_tokens, head.mcfe.num_blocks) == (64, 12)


@pytest.mark.parametrize('num_frames', [2, pytest.param(16, marks=pytest.mark.full)])
def test_paper_model_trains_a_step_at_full_size(num_frames):
    """ViT-L/14, 224 px, M = 64, 12 blocks, random weights; the paper's clips have 16 frames."""
    config = load('ous_dfew.py')
    model = MODELS.build(config.model)
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=config.lr)
    clip = model.backbone.clip_model
    assert (clip.name, clip.embed_dims, clip.width) == ('ViT-L-14-quickgelu', 768, 1024)
    frames = torch.randint(0, 256, (2, num_frames, 3, 224, 224), dtype=torch.uint8)
    data = dict(inputs=dict(face=[frames[0]], scene=[frames[1]],
                            mask=[torch.ones(num_frames, dtype=torch.bool)]),
                data_samples=[ActionDataSample().set_gt_label(6)])
    data = model.data_preprocessor(data, training=True)
    losses = model(**data, mode='loss')
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    before = model.cls_head.mcfe.queries.detach().clone()
    optimizer.step()
    assert not torch.equal(model.cls_head.mcfe.queries, before)
