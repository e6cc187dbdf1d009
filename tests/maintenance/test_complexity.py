from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.analysis import get_model_complexity_info
from mmengine.config import Config
from torch import nn

from maintenance.complexity import MeasuredModel, count_macs, draw_clip, processor_seconds

CONFIGS = Path(__file__).parents[2] / 'configs'


def test_agrees_with_mmengine_where_it_counts_everything():
    model = MODELS.build(dict(type='ResNet', depth=18))
    model.eval()
    counted = get_model_complexity_info(model, (3, 64, 64), show_table=False, show_arch=False)
    with torch.no_grad():
        macs = count_macs(lambda: model(torch.zeros(1, 3, 64, 64)))
    assert macs <= counted['flops'] <= 1.02 * macs  # mmengine also counts batch norms and pooling


@pytest.mark.parametrize('layer, expected', [
    # 2 x 16 steps: four gates of width 32 from 64 + 32 numbers, then from 32 + 32.
    (nn.LSTM(64, 32, 2, batch_first=True), 2 * 16 * 4 * 32 * (96 + 64)),
    (nn.GRU(64, 32, batch_first=True), 2 * 16 * 3 * 32 * 96),
    # Four projections, the scores and the weighted sum, and two layers of an MLP.
    (nn.TransformerEncoderLayer(64, 4, 128, batch_first=True),
     2 * 16 * (4 * 64 * 64 + 2 * 64 * 128) + 2 * 2 * 16 * 16 * 64)])
def test_what_runs_fused_is_counted_too(layer, expected):
    layer.eval()
    with torch.no_grad():
        assert count_macs(lambda: layer(torch.zeros(2, 16, 64))) == expected
    assert torch.backends.mha.get_fastpath_enabled()


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    return draw_clip(tmp_path_factory.mktemp('clip') / 'frames')


def measured_model(name, clip):
    return MeasuredModel(Config.fromfile(CONFIGS / name), clip)


def test_clip_is_counted_once_and_prompts_apart(clip):
    ous = measured_model('ous_demo.py', clip)
    complexity = ous.complexity()
    head, tower = ous.model.cls_head, ous.model.backbone.clip_model
    trained = sum(p.numel() for p in ous.model.parameters())
    assert complexity.trained == trained
    assert complexity.total == trained + sum(p.numel() for p in tower.model.parameters())
    # The learned vectors and the start token count once, then each class's own tokens.
    shared = 1 + len(head.prompts.context)
    tokens = shared + int((head.prompts.ends + 1 - shared).sum())
    weights = sum(p.numel() for p in tower.text.transformer.parameters() if p.dim() == 2)
    width, layers = tower.text_width, len(tower.text.transformer.resblocks)
    attention = layers * 2 * tokens ** 2 * width  # scores, and their products with the values
    projection = len(head.class_names) * width * tower.embed_dims
    assert complexity.text_macs == tokens * weights + attention + projection


@pytest.mark.parametrize('name, millions, gmacs', [
    ('resnet3d18', 33, 8.32), ('i3d', 12, 6.99), ('resnet18_lstm', None, 7.78)])
def test_baselines_have_the_sizes_that_the_literature_prints(clip, name, millions, gmacs):
    """The costs are from Former-DFER's Table 4, the parameters from the authors of FERV39k."""
    complexity = measured_model(f'{name}/{name}_dfew.py', clip).complexity()
    assert millions is None or complexity.total / 1e6 == pytest.approx(millions, abs=0.5)
    assert complexity.macs / 1e9 == pytest.approx(gmacs, rel=0.005)
    assert complexity.text_macs == 0 and complexity.trained == complexity.total


def test_time_is_the_processors(monkeypatch):
    monkeypatch.setattr('time.process_time', iter([0, 3, 3, 5, 9, 10]).__next__)
    assert processor_seconds(lambda: None, enough=5.) == 2
