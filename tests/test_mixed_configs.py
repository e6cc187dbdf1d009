from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner

MIXED = sorted((Path(__file__).parents[1] / 'configs' / 'mixed').glob('*.py'))
EPOCHS = 16  # of 14 clips
each_config = pytest.mark.parametrize('path', MIXED, ids=lambda path: path.stem)


def test_there_is_one_of_each_kind():
    kinds = set()
    for path in MIXED:
        model = Config.fromfile(path).model
        backbone = model.backbone.get('backbone', model.backbone)
        kinds.add((model.type, backbone.type, model.cls_head.type))
    assert kinds == {('Recognizer2D', 'ResNet', 'MCFEHead'),
                     ('Recognizer3D', 'ResNet3dSlowOnly', 'MCFEHead'),
                     ('OUSRecognizer', 'ResNet', 'MCFEHead'),
                     ('OUSRecognizer', 'ResNet3dSlowOnly', 'MCFEHead'),
                     ('Recognizer2D', 'OpenCLIPBackbone', 'TSNHead')}


@each_config
def test_full_size_reads_the_test_pipeline(path, rendered, class_names):
    config = Config.fromfile(path)
    config.test_dataloader.dataset.data_root = str(rendered)
    dataset = DATASETS.build(config.test_dataloader.dataset)
    model = MODELS.build(config.model).eval()
    with torch.no_grad():
        samples = model.test_step(pseudo_collate([dataset[0], dataset[1]]))
    for sample in samples:
        assert sample.pred_score.shape == (len(class_names),)
        assert float(sample.pred_score.sum()) == pytest.approx(1, abs=1e-5)


def shrink(model):
    """Keep only two of a residual backbone's four stages, and four fusion blocks, for speed."""
    nested = 'backbone' in model.backbone
    backbone = model.backbone.backbone if nested else model.backbone
    if backbone.type == 'OpenCLIPBackbone':
        return
    model.cls_head.mcfe.num_blocks = 4
    backbone.update(num_stages=2, dilations=(1, 1), out_indices=(0, 1) if nested else (1,))
    if backbone.type == 'ResNet':
        backbone.strides = (1, 2)
    else:
        backbone.update(spatial_strides=(1, 2), temporal_strides=(1, 1), inflate=(0, 1))
    if nested:
        model.backbone.clip_shape = (2, 64, 64)
        model.neck.update(in_channels=128, tap_channels=64)
    else:
        model.cls_head.in_channels = 128


@each_config
def test_loss_falls(path, rendered, tmp_path):
    config = Config.fromfile(path)
    config.work_dir = str(tmp_path)
    shrink(config.model)
    loader = config.train_dataloader
    loader.update(batch_size=7, num_workers=0, persistent_workers=False)
    loader.dataset.update(data_root=str(rendered), indices=list(range(0, 70, 5)))
    loader.dataset.pipeline.sample.clip_len = 2
    config.train_cfg.max_epochs = EPOCHS
    for name in ('val_cfg', 'val_dataloader', 'val_evaluator', 'test_cfg', 'test_dataloader',
                 'test_evaluator', 'param_scheduler'):
        config[name] = None
    config.default_hooks.checkpoint = None
    runner = Runner.from_cfg(config)
    runner.train()
    name = 'loss_cls' if config.model.cls_head.type == 'TSNHead' else 'loss_contrast'
    losses = runner.message_hub.get_scalar(f'train/{name}').data[0]
    assert len(losses) == 2 * EPOCHS
    assert np.mean(losses[-6:]) < 0.75 * min(np.mean(losses[:6]), np.log(7))  # guessing gives log 7
