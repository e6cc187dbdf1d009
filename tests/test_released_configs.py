"""Configs of methods with published weights: class orders, recipes, sizes."""
from pathlib import Path

import pytest
import yaml
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

from maintenance.complexity import MeasuredModel, draw_clip

CONFIGS = Path(__file__).parents[1] / 'configs'
METHODS = ('dfer_clip', 'former_dfer', 'clip_caer', 'emoclip')
PATHS = sorted(path for method in METHODS for path in (CONFIGS / method).glob('*.py'))


@pytest.mark.parametrize('path', PATHS, ids=lambda path: path.stem)
def test_class_names_dataset_and_head_share_one_order(path):
    config = Config.fromfile(path)
    names = config.test_dataloader.dataset.classes
    for loader in ('train', 'val', 'test'):
        assert config[f'{loader}_dataloader'].dataset.classes == names
    head = config.model.cls_head
    assert head.get('class_names', names) == names
    assert head.get('num_classes', len(names)) == len(names)
    assert set(names) <= set(head.get('descriptions', names))


def rates(name, demo):
    """Learning rate of each trained parameter: the recipe of a config on the demo's small model."""
    config = Config.fromfile(CONFIGS / name)
    model = MODELS.build(Config.fromfile(CONFIGS / demo).model)
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    by_id = {id(p): group['lr'] for group in wrapper.param_groups for p in group['params']}
    return config, {name: by_id[id(p)] for name, p in model.named_parameters() if p.requires_grad}


@pytest.mark.parametrize('name, demo, batch, milestones, epochs', [
    ('dfer_clip/dfer_clip_dfew.py', 'dfer_clip/dfer_clip_demo.py', 48, [30, 40], 50),
    ('clip_caer/clip_caer_raer.py', 'clip_caer/clip_caer_demo.py', 8, [10, 15], 20)])
def test_recipe_of_the_prompt_learners(name, demo, batch, milestones, epochs):
    """1e-5 for image tower and projection, 1e-2 for the nets over time, 1e-3 for prompts."""
    config, trained = rates(name, demo)
    expected = {'backbone': 1e-5, 'neck': 1e-2, 'scene_neck': 1e-2, 'cls_head.prompts': 1e-3,
                'cls_head.project': 1e-5}
    for parameter, rate in trained.items():
        part = parameter.split('.')[0]
        part = '.'.join(parameter.split('.')[:2]) if part == 'cls_head' else part
        assert rate == pytest.approx(expected[part]), parameter
    assert config.optim_wrapper.optimizer == dict(type='SGD', lr=1e-2, momentum=0.9,
                                                  weight_decay=1e-4)
    assert config.param_scheduler == dict(type='MultiStepLR', milestones=milestones, gamma=0.1)
    assert (config.train_cfg.max_epochs, config.train_dataloader.batch_size) == (epochs, batch)


def test_recipe_of_emoclip():
    config, trained = rates('emoclip/emoclip_mafw.py', 'emoclip/emoclip_demo.py')
    assert set(trained.values()) == {1e-3}
    assert {name.split('.')[0] for name in trained} == {'neck', 'cls_head'}
    assert config.optim_wrapper.optimizer.weight_decay == 5e-4
    assert (config.train_cfg.max_epochs, config.train_dataloader.batch_size) == (50, 128)


@pytest.mark.parametrize('depth, parameters, macs', [(1, 18.03, 8.30), (3, 19.09, 9.16)])
def test_former_dfer_has_the_size_of_the_authors_code(depth, parameters, macs, tmp_path):
    config = Config.fromfile(CONFIGS / 'former_dfer' / 'former_dfer_dfew.py')
    config.model.backbone.frame.spatial.depth = depth
    size = MeasuredModel(config, draw_clip(tmp_path / 'frames')).complexity()
    assert size.total / 1e6 == pytest.approx(parameters, abs=0.006)
    assert size.macs / 1e9 == pytest.approx(macs, abs=0.006)


@pytest.mark.parametrize('name, key, expected', [
    ('dfer_clip/dfer_clip_dfew', 'Trained Parameters', 90.0),
    # 69.8 of the image tower without the products inside its attention, which are 0.74.
    ('dfer_clip/dfer_clip_dfew', 'FLOPs', 69.8 + 0.74),
    ('emoclip/emoclip_dfew', 'Trained Parameters', 68.7),
    ('former_dfer/former_dfer_dfew', 'Parameters', 18.03)])
def test_measured_sizes_are_those_of_the_authors_code(name, key, expected):
    """Within 1 %."""
    folder, stem = name.split('/')
    models = yaml.safe_load((CONFIGS / folder / 'metafile.yml').read_text())['Models']
    [model] = [model for model in models if model['Name'] == stem]
    assert float(model['Metadata'][key][:-1]) == pytest.approx(expected, rel=0.01)
