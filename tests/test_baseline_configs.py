from pathlib import Path

import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from torch.utils.flop_counter import FlopCounterMode

CONFIGS = Path(__file__).parents[1] / 'configs'
OTHERS = {'_base_', 'ablations', 'aen', 'detectors', 'fru_adapter', 'mae_dfer', 'mixed', 'released',
          's2d', 'svfap'}
BASELINES = sorted(path for path in CONFIGS.glob('*/*.py') if path.parent.name not in OTHERS)
PUBLISHED = [path for path in BASELINES if not path.stem.endswith('_demo')]
DEMO = [path for path in BASELINES if path.stem.endswith('_demo')]
# One for every kind of recognizer, neck and loss; `pytest -m full` tests all.
FAST = {f'{method}_demo' for method in (
    'resnet18_vit', 'resnet3d18_center', 'resnet3d18_ecstfl', 'two_vgg13_lstm', 'vgg11_lstm')}
CLASSES = dict(dfew=7, ferv39k=7, mafw=11)
named = dict(ids=lambda path: path.stem)


def build(config):
    """Build on the meta device, where 500 MB of weights cost nothing."""
    with torch.device('meta'):
        model = MODELS.build(config.model)
        model.eval()
    return model


def blank(model, size):
    with torch.device('meta'):
        frames = torch.empty(1, 16, 3, size, size)
        return dict(Recognizer2D=frames, Recognizer3D=frames.transpose(1, 2)[:, None],
                    LateFusionRecognizer=dict(face=frames, scene=frames))[type(model).__name__]


@pytest.mark.parametrize('path', PUBLISHED, **named)
def test_builds_and_classifies_at_full_size(path):
    config = Config.fromfile(path)
    model, dataset = build(config), path.stem.split('_')[-1]
    with torch.no_grad():
        logits, _ = model.extract_feat(blank(model, 112), stage='head')
    assert logits.shape == (1, CLASSES[dataset])
    for loader in ('train', 'val', 'test'):
        data = config[f'{loader}_dataloader'].dataset
        assert data.data_root == f'data/{dataset}' and len(data.classes) == CLASSES[dataset]
        assert data.pipeline.sample == dict(
            type='SampleClip', clip_len=16, frames_per_segment=2,
            **({} if loader == 'train' else dict(test_mode=True)))


@pytest.mark.parametrize('path', PUBLISHED, **named)
def test_recipe_is_former_dfers(path):
    config = Config.fromfile(path)
    assert config.optim_wrapper.optimizer == dict(type='SGD', lr=0.01, momentum=0.9,
                                                  weight_decay=1e-4)
    assert config.param_scheduler == dict(type='StepLR', step_size=40, gamma=0.1)
    assert config.train_cfg.max_epochs == 100 and config.train_dataloader.batch_size == 32


# Million parameters, and billion multiply-accumulates for 16 frames. The parameters come from
# FERV39k's README and from the DFEW authors' code (P3D, R3D), the costs from Former-DFER's table
# and from that code (P3D at 160 px, R3D).
PRINTED = dict(
    c3d_dfew=(78, 38.57), i3d_dfew=(12, 6.99), p3d63_dfew=(24.9, 8.4), r3d18_dfew=(33.2, 40.7),
    r2plus1d18_dfew=(33, 42.36), resnet3d18_dfew=(33, 8.32), resnet18_lstm_dfew=(None, 7.78),
    resnet18_gru_dfew=(None, 7.78), vgg11_lstm_dfew=(None, 31.65), vgg13_lstm_ferv39k=(133, None))


@pytest.mark.parametrize('name', PRINTED)
def test_parameters_and_cost_are_the_printed_ones(name):
    """The tolerance, half a million and half a percent, covers rounding, biases and norms."""
    model = build(Config.fromfile(CONFIGS / name.rpartition('_')[0] / f'{name}.py'))
    size = 160 if name.startswith('p3d') else 112
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.extract_feat(blank(model, size), stage='head')
    millions, billions = PRINTED[name]
    if millions:
        assert sum(p.numel() for p in model.parameters()) / 1e6 == pytest.approx(millions, abs=0.5)
    if billions:
        assert counter.get_total_flops() / 2e9 == pytest.approx(billions, rel=0.005)


@pytest.fixture
def config(path, rendered):
    config = Config.fromfile(path)
    for loader in ('train', 'val', 'test'):
        config[f'{loader}_dataloader'].update(num_workers=0, persistent_workers=False)
        config[f'{loader}_dataloader'].dataset.data_root = str(rendered)
    return config


@pytest.mark.parametrize('path', [
    pytest.param(path, id=path.stem, marks=[] if path.stem in FAST else pytest.mark.full)
    for path in DEMO])
def test_trains_a_step_from_its_pipeline(path, config):
    dataset = DATASETS.build(config.train_dataloader.dataset)
    model = MODELS.build(config.model)
    model.init_weights()
    model.train()
    data = model.data_preprocessor(pseudo_collate([dataset[i] for i in (0, 20, 40, 60)]), True)
    losses = model(**data, mode='loss')
    loss = sum(value for name, value in losses.items() if 'loss' in name)
    loss.backward()
    assert [n for n, p in model.named_parameters()
            if p.grad is None or not p.grad.isfinite().all()] == []


def test_every_method_has_a_demo():
    methods = {path.stem.rsplit('_', 1)[0] for path in PUBLISHED}
    assert methods == {path.stem[:-len('_demo')] for path in DEMO}
    assert {path.stem for path in DEMO} > FAST
